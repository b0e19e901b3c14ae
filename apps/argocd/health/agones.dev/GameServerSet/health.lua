-- Judges the size of a Fleet or a GameServerSet. Both count in the same fields and
-- Argo CD's Lua has no includes, so both folders hold this same text (a test compares them).
-- Which version runs can't be judged: Agones writes neither observedGeneration nor
-- updatedReplicas, so a rollout shows only while servers are on their way up or away.

-- Argo CD itself says "Pending deletion" before it asks a script, except for hooks.
if obj.metadata.deletionTimestamp ~= nil then
  return {status = "Progressing", message = "being deleted"}
end

if obj.status == nil then
  return {status = "Progressing", message = "waiting for Agones to count the game servers"}
end

-- Under a FleetAutoscaler Git holds no replicas: 0, until the autoscaler writes its number.
local wanted = obj.spec.replicas or 0
local total = obj.status.replicas or 0
local ready = obj.status.readyReplicas or 0
local reserved = obj.status.reservedReplicas or 0
local allocated = obj.status.allocatedReplicas or 0
local in_use = reserved + allocated
local up = ready + in_use
local counts = " (" .. ready .. " ready, " .. reserved .. " reserved, " .. allocated .. " allocated)"

if total < wanted then
  return {status = "Progressing", message = total .. " of " .. wanted .. " game servers created" .. counts}
end

if up < wanted then
  return {status = "Progressing", message = up .. " of " .. wanted .. " game servers up" .. counts}
end

-- Agones scales down to max(wanted, in use), for it never ends a match. So what is neither
-- wanted nor in use is about to go (a scale-down, the surge of a rollout), the rest may stay long.
if total > wanted and total > in_use then
  return {
    status = "Progressing",
    message = total .. " game servers, " .. wanted .. " wanted: those not in use are going away" .. counts,
  }
end

if total > wanted then
  return {
    status = "Healthy",
    message = total .. " game servers in use, " .. wanted .. " wanted: the surplus leaves after its matches" .. counts,
  }
end

return {status = "Healthy", message = up .. " of " .. wanted .. " game servers up" .. counts}
