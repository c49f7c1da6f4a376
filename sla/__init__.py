"""Business time: calendar, clocks, targets, verdicts that explain themselves. Pure; knows nothing of the application.

| to | use |
|---|---|
| describe a calendar, store it, name it | `sla.spec`, `sla.overrides` (TOML text) |
| ask what is open, add and measure business time | `sla.calendar.BusinessCalendar` |
| record what happened to a ticket | `sla.timeline` (the table of steps), read by `sla.courses` |
| set the times to keep | `sla.targets.Targets`, with a calendar `sla.clock.Terms` |
| store a clock with its due instant | `sla.clock.clocks` |
| know which warnings are due, and when to wake | `sla.deadlines` |
| judge, and explain the judgement | `sla.verdict.judge`, stored by `sla.record` |
| judge recorded tickets under other terms | `sla.replay` |
| catch a refusal | `sla.errors.SlaError` |
"""
