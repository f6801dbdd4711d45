"""Steps in a row, classical or learned: any callable is one, and arrays change their library only where a step asks."""

from imgproc.pipeline.as_yaml import from_yaml, to_yaml
from imgproc.pipeline.explanation import Explanation, StepReport
from imgproc.pipeline.pipeline import Pipeline
from imgproc.pipeline.step import Step, step

__all__ = ["Explanation", "Pipeline", "Step", "StepReport", "from_yaml", "step", "to_yaml"]
