-- Judges whether MetalLB has taken a pool up. A full pool is Healthy: a pool of one address in
-- use is how it is meant, and a Service that finds no address shows it itself (Progressing).
local status = obj.status or {}
local families = {}

for _, family in ipairs({"IPv4", "IPv6"}) do
  local free = status["available" .. family] or 0
  local used = status["assigned" .. family] or 0
  if free + used ~= 0 then
    -- MetalLB counts a large IPv6 range as 2^63-1, which no Lua number holds exactly.
    if free > 1048576 then
      free = "over 1048576"
    end
    families[#families + 1] = family .. ": " .. free .. " addresses free, " .. used .. " in use"
  end
end

-- The controller writes its counters only where they differ from what stands there: no status and
-- all zeros both mean that it holds no address of this pool.
if #families == 0 then
  return {
    status = "Progressing",
    message = "not taken up by the MetalLB controller: it is starting, or refuses the configuration (see its log)",
  }
end

return {status = "Healthy", message = table.concat(families, "; ")}
