"""Why a run cannot begin or go on.  Every message is one line that says what to do."""


class TrainError(Exception):
    """A run that cannot begin or go on; what was saved before is as it was."""


class PlanChanged(TrainError):
    """A run was resumed with another plan or corpus than the one it was begun with."""


class NothingToTrainOn(TrainError):
    """No text is left on one of the sides that were asked for."""


class UnknownProject(TrainError):
    """A project was named that no source has."""


class StateDamaged(TrainError):
    """A `state.pt` that no run of this model wrote, or wrote to its end."""


class CorpusDamaged(TrainError):
    """A file of the corpus that no run wrote, or wrote to its end."""


class CannotWrite(TrainError):
    """A file of the run that could not be written; the one before it is still there."""


class DiskFull(CannotWrite):
    """No space is left for it, or no quota."""
