import { expect, test } from "vitest";
import { lightSamples, linkState } from "./port-states.ts";

const asked = { link: "link1", enabled: true };

test("a link with optics tells of its light lane by lane", () => {
  const lanes = [{ lane: 1, txDbm: -2.3, rxDbm: -4 }];
  expect(linkState(asked, { port: "p", up: true, light: { lanes } })).toEqual({
    ...{ link: "link1", adminState: "Enabled", lineProtocol: "Up", lightLevels: lanes },
  });
});

test.each([
  ["without optics", { port: "p", up: false, light: { absent: "no optics" } }, "no optics"],
  ["simulated", { port: "p", up: false }, "simulated nodes have no optics"],
])("light of a link %s is not measurable, and why is told", (_, seen, reason) => {
  expect(linkState({ link: "link2", enabled: false }, seen)).toEqual({
    ...{ link: "link2", adminState: "Disabled", lineProtocol: "Down", lightNotMeasurable: reason },
  });
});

test("of a port that is not there nothing is made up", () => {
  expect(linkState(asked, undefined)).not.toHaveProperty("lineProtocol");
});

test("each direction of each lane is a sample, and what is not measured is none", () => {
  const light = {
    lanes: [
      { lane: 1, rxDbm: -3 },
      { lane: 2, rxDbm: -4, txDbm: -1 },
    ],
  };
  const samples = lightSamples(light, { link: "link1" });
  expect(samples.map(({ labels, value }) => [labels["lane"], labels["direction"], value])).toEqual([
    ["1", "rx", -3],
    ["2", "rx", -4],
    ["2", "tx", -1],
  ]);
  expect(lightSamples({ absent: "no optics" }, {})).toEqual([]);
});
