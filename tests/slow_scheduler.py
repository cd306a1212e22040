"""The scheduler's rules once more, slowly: every answer is worked out from the whole history."""

from attrs import define, field


@define
class SlowScheduler:
    """Of (name, priority, bytes) in the order of their arrival; names are equal to nothing else."""

    max_live: int
    budget: int
    overtaken: int
    pause: int
    arrived: list = field(factory=list)
    admitted: list = field(factory=list)  # in order, with who waited in the background then
    gone: set = field(factory=set)
    paused: list = field(factory=list)  # of every engine step: whether background paused

    def live(self, priority=None):
        return [
            one
            for one, _ in self.admitted
            if one[0] not in self.gone and priority in (None, one[1])
        ]

    def waiting(self, priority):
        in_already = [one for one, _ in self.admitted]
        return [
            one
            for one in self.arrived
            if one not in in_already and one[0] not in self.gone and one[1] == priority
        ]

    def passed_by(self):
        """How many interactive ones came in, one after another, while a background one waited."""
        count = 0
        for one, others_waited in reversed(self.admitted):
            if one[1] == "background" or not others_waited:
                break
            count += 1
        return count

    def next(self):
        order = ["interactive", "background"]
        if self.passed_by() >= self.overtaken:
            order.reverse()
        for priority in order:
            if self.waiting(priority) and len(self.live(priority)) < self.max_live:
                return self.waiting(priority)[0]
        return None

    def turns(self):
        """Who takes a step in the next engine step."""
        while (one := self.next()) and sum(o[2] for o in self.live()) + one[2] <= self.budget:
            self.admitted.append((one, bool(self.waiting("background"))))
        latest = self.paused[-(self.pause - 1) :]
        tired = len(latest) == self.pause - 1 and all(latest)
        self.paused.append(bool(self.live("interactive")) and one is None and not tired)
        return self.live("interactive" if self.paused[-1] else None)
