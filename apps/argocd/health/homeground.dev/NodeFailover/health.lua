-- Judges a NodeFailover by its conditions first: what is blocked waits for a person, whatever its phase.
local phases = {
  Idle = {"Healthy", "nothing has failed"},
  Provisioning = {"Progressing", "a machine that stands in is on its way"},
  Active = {"Healthy", "a machine stands in"},
  Recovering = {"Progressing", "the node is back, and has to prove itself"},
  Draining = {"Progressing", "waiting for the matches on a machine"},
  Retiring = {"Progressing", "a machine, its node and its token are being removed"},
  Completed = {"Healthy", "nothing of a failover is left"},
}

-- Argo CD itself says "Pending deletion" before it asks a script, except for hooks.
if obj.metadata.deletionTimestamp ~= nil then
  return {status = "Progressing", message = "being deleted, once nothing of it is left"}
end

local status = obj.status or {}
for _, condition in ipairs(status.conditions or {}) do
  local bad = condition.type == "Blocked" or condition.type == "Degraded"
  if bad and condition.status == "True" then
    local message = condition.message
    if message == nil or message == "" then
      message = condition.reason or "for no reason that was told"
    end
    return {status = "Degraded", message = condition.type .. ": " .. message}
  end
end

local phase = status.phase or "Idle"
local verdict = phases[phase]
if verdict == nil then
  return {status = "Unknown", message = phase .. ": not a phase of failover 0.1"}
end

local message = phase .. ": " .. verdict[2]
if phase == "Draining" and (status.sessions or 0) > 0 then
  message = phase .. ": waiting for " .. status.sessions .. " matches on a machine"
end
return {status = verdict[1], message = message}
