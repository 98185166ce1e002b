"""The platforms' rate budgets in Redis: one bucket a store for all workers, each step one Lua script on Redis's clock."""

from __future__ import annotations

import redis

from db.once import once
from integrations.throttle import BudgetStore, MemoryBudgets
from tasks import broker

_TTL_MS = 3_600_000  # a bucket that nobody has asked for an hour is full again anyway
_SCRIPT = f"""
local now = redis.call('TIME'); now = now[1] + now[2] / 1e6
local step = ARGV[1]
local b = redis.call('HMGET', KEYS[1], 'level', 'capacity', 'rate', 'at', 'held', 'learned')
local capacity, rate, learned = tonumber(b[2]), tonumber(b[3]), b[6] == '1'
local held = tonumber(b[5]) or 0
local answer = '0'
if step == 'hold' then
  held = math.max(held, now + tonumber(ARGV[2]))
  redis.call('HSET', KEYS[1], 'held', held)
else
  local amount = tonumber(ARGV[2])
  if step == 'learn' or not learned then capacity, rate = tonumber(ARGV[3]), tonumber(ARGV[4]) end
  local level = capacity
  if b[1] then level = math.min(capacity, tonumber(b[1]) + math.max(0, now - tonumber(b[4])) * rate) end
  if step == 'learn' then
    level, learned = amount, true
  elseif step == 'rate' then
    capacity, rate, learned = tonumber(ARGV[3]), tonumber(ARGV[4]), true
  elseif held > now then
    answer = tostring(held - now)
  else
    local cost = math.min(amount, capacity)
    if level + 1e-9 < cost then answer = tostring((cost - level) / rate) else level = level - cost end
  end
  redis.call('HSET', KEYS[1], 'level', level, 'capacity', capacity, 'rate', rate, 'at', now, 'learned', learned and '1' or '0')
end
redis.call('PEXPIRE', KEYS[1], math.max({_TTL_MS}, math.ceil((held - now) * 1000)))
return answer
"""


class RedisBudgets:
    """Buckets shared by all workers; while Redis is away each process keeps its own, so that a sync goes on."""

    def __init__(self, client: redis.Redis) -> None:
        self._script = client.register_script(_SCRIPT)
        self._alone = MemoryBudgets()

    def _run(self, key: str, *arguments: str | float) -> float | None:
        try:
            return float(self._script(keys=[f"quayside.budget.{key}"], args=list(arguments)))
        except (redis.RedisError, OSError):
            return None

    def take(self, key: str, cost: float, capacity: float, rate_per_s: float) -> float:
        """See BudgetStore."""
        wait = self._run(key, "take", cost, capacity, rate_per_s)
        return self._alone.take(key, cost, capacity, rate_per_s) if wait is None else wait

    def learn(self, key: str, available: float, capacity: float, rate_per_s: float) -> None:
        """See BudgetStore."""
        if self._run(key, "learn", available, capacity, rate_per_s) is None:
            self._alone.learn(key, available, capacity, rate_per_s)

    def learn_rate(self, key: str, capacity: float, rate_per_s: float) -> None:
        """See BudgetStore."""
        if self._run(key, "rate", 0, capacity, rate_per_s) is None:
            self._alone.learn_rate(key, capacity, rate_per_s)

    def hold(self, key: str, seconds: float) -> None:
        """See BudgetStore."""
        if self._run(key, "hold", seconds) is None:
            self._alone.hold(key, seconds)


@once
def shared() -> BudgetStore:
    """The budgets of this installation."""
    return MemoryBudgets() if broker.chosen().kind == "sqlite" else RedisBudgets(broker.client())
