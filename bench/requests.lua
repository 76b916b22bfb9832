-- Sends prepared requests in their order, and says at the end what came of them, as JSON.
-- Arguments: a file with one request a line (method, path, body, then headers' names and values,
-- parted by tabs); "once" stops at its end instead of beginning anew; a word that is expected as
-- the answer's body, or nothing.

local prepared, at, once, expected = {}, 0, false, nil
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  unexpected = 0
  once = arguments[2] == "once"
  for line in io.lines(arguments[1]) do
    local parts = {}
    for part in (line .. "\t"):gmatch("([^\t]*)\t") do table.insert(parts, part) end
    local headers = {}
    for i = 4, #parts - 1, 2 do headers[parts[i]] = parts[i + 1] end
    local body = parts[3] ~= "" and parts[3] or nil
    table.insert(prepared, wrk.format(parts[1], parts[2], headers, body))
  end
  if arguments[3] then
    expected = arguments[3]
    response = function(status, headers, body)
      if body ~= expected then unexpected = unexpected + 1 end
    end
  end
end

function request()
  at = at + 1
  if at > #prepared then
    if once then wrk.thread:stop() end
    at = 1
  end
  return prepared[at]
end

function done(summary, latency, requests)
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("unexpected") end
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.4f, "p50_ms": %.3f, "p99_ms": %.3f, ' ..
    '"refused": %d, "broken": %d, "unexpected": %d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, wrong))
end
