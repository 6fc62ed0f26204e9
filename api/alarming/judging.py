"""What people found, passed on to the models that raised the alarm."""

from http import HTTPStatus

from plantroom.api.act import Act
from plantroom.api.problems import Problem
from plantroom.domain.errors import ModelUnusable
from plantroom.domain.feedback import Feedback, is_of_model
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import WorkOrder
from plantroom.storage.models.registry import Registry
from plantroom.storage.records import alarms, work_orders


def pass_on(act: Act, order: WorkOrder) -> None:
    """Let the models know whether the alarms of theirs that joined `order` were right.

    It happens before the records are committed: said again after a failure, it takes the place of itself.

    Raises:
        Problem: what the models know cannot be read or written.
    """
    if act.models is None or order.feedback is None:
        return
    joined = work_orders.alarm_ids(act.connection, [order.number]).get(order.number, [])
    for each in joined:
        alarm = alarms.find(act.connection, each)
        if alarm is not None and is_of_model(alarm.rule):
            _tell(act.models, alarm, order.feedback)


def _tell(models: Registry, alarm: Alarm, feedback: Feedback) -> None:
    try:
        models.record_feedback(
            alarm.asset,
            verdict=feedback.verdict,
            alarm=alarm.id,
            at=alarm.active_since,
            until=alarm.cleared_at,
            cause=feedback.cause,
        )
    except (ModelUnusable, OSError) as error:
        detail = f"what was found cannot be kept with the models: {error}; nothing was changed"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error
