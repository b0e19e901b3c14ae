-- Judges whether a FleetAutoscaler can do its work, not whether the Fleet has followed:
-- that is the Fleet's own health.
local fleet = "Fleet " .. obj.spec.fleetName
local status = obj.status

-- A Schedule outside its window rests. Agones 1.59 means to leave the status alone then, but
-- looks for the wrong error type and reports it like a failure. A Chain ends in the error of its
-- last link, so that one decides.
local may_rest = obj.spec.policy.type == "Schedule"
for _, link in ipairs(obj.spec.policy.chain or {}) do
  may_rest = link.type == "Schedule"
end

if may_rest and not (status and status.ableToScale) then
  return {status = "Suspended", message = fleet .. ": outside the schedule, or not to be scaled (see its events)"}
end

-- A failure of the very first sync equals the empty status, so Agones does not write it down.
if status == nil then
  return {status = "Progressing", message = fleet .. ": waiting for a first sync that finds it"}
end

if not status.ableToScale then
  return {status = "Degraded", message = fleet .. ": not found, or no size to be computed (see its events)"}
end

-- At a limit it works as configured; whether the limit is too tight is for the operator to say.
if status.scalingLimited then
  return {status = "Healthy", message = fleet .. ": held at " .. status.desiredReplicas .. " by its policy's limits"}
end

return {status = "Healthy", message = fleet .. ": scaled to " .. status.desiredReplicas}
