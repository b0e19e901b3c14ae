-- Judges a GameServer by its state, in the order in which Agones walks through them.
local states = {
  PortAllocation = {"Progressing", "waiting for a host port"},
  Creating = {"Progressing", "waiting for its Pod"},
  Starting = {"Progressing", "waiting for a node"},
  Scheduled = {"Progressing", "waiting for the server to call Ready"},
  RequestReady = {"Progressing", "the server called Ready, waiting for Agones"},
  Ready = {"Healthy", "free for a match"},
  Reserved = {"Healthy", "held by the server itself, safe from scale-down"},
  Allocated = {"Healthy", "a match is on"},
  Shutdown = {"Progressing", "the server has ended, waiting for its removal"},
  -- A GameServerSet replaces these two at once or within 30 seconds; a lone GameServer stays so.
  Error = {"Degraded", "could not be started, its events say why"},
  Unhealthy = {"Degraded", "failed its health checks or lost its Pod"},
}

-- Argo CD itself says "Pending deletion" before it asks a script, except for hooks.
if obj.metadata.deletionTimestamp ~= nil then
  return {status = "Progressing", message = "being deleted"}
end

-- The Agones webhook sets the first state; an object without one came past it.
local state = obj.status and obj.status.state
if state == nil then
  return {status = "Progressing", message = "waiting for Agones to give it a state"}
end

local verdict = states[state]
if verdict == nil then
  return {status = "Unknown", message = state .. ": not a state of Agones 1.59"}
end

return {status = verdict[1], message = state .. ": " .. verdict[2]}
