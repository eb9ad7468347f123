-- Asks for the paths of a file in turn and prints how long the answers took, as quantiles that are equally far apart.
local paths, at = {}, 0
local headers = { ["authorization"] = "Bearer " .. os.getenv("TOKEN"), ["content-type"] = "application/json" }
local method, body = os.getenv("METHOD"), os.getenv("BODY")

function init()
  for path in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = path end
end

function request()
  at = at + 1
  return wrk.format(method, paths[at % #paths + 1], headers, body and body:gsub("{turn}", at))
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local count, quantiles = tonumber(os.getenv("QUANTILES")), {}
  for index = 1, count do quantiles[index] = latency:percentile((index - 0.5) / count * 100) end
  io.write(string.format('\n{"failed":%d,"answers":%d,"us":%d,"quantiles":[%s]}\n', failed, summary.requests,
    summary.duration, table.concat(quantiles, ",")))
end
