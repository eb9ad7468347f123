import { testLives } from "../clients/az-lives.ts";

testLives({
  "exchange-l2": "ethernet",
  "exchange-l3": "ipvpn",
  "direct-qinq": "direct-dot1q",
});
