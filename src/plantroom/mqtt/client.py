"""The MQTT client of every process: acknowledges when told to, and keeps its session through every loss."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress

from plantroom.domain.errors import BrokerRefused, BrokerUnavailable
from plantroom.mqtt import packets
from plantroom.mqtt.address import Address
from plantroom.mqtt.connection import Connection, Listener
from plantroom.mqtt.dial import Caller, ClientSettings, Dialer
from plantroom.mqtt.message import Received, Will
from plantroom.mqtt.outgoing import LAST_PACKET_ID, Outgoing, Window
from plantroom.mqtt.packets import FIRST_FAILURE, Connack, Version
from plantroom.mqtt.reasons import describe

logger = logging.getLogger(__name__)

SETTLED = 10.0
"""After a connection that held so long (s) the next attempt comes soon; after a shorter one, ever later."""
CLOSING_TIME = 2.0
"""How long (s) the broker may take at stop to read the last packets."""
SUBSCRIBE_ID, UNSUBSCRIBE_ID = LAST_PACKET_ID + 1, LAST_PACKET_ID + 2


class Client:
    """One client id at one broker; all methods are called on the event loop it was started on."""

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        on_message: Callable[[Received], None] | None = None,
        on_state: Callable[[bool, str], None] | None = None,
        filters: Sequence[str] = (),
        unwanted: Sequence[str] = (),
        will: Will | Callable[[], Will] | None = None,
        settings: ClientSettings | None = None,
    ) -> None:
        """Take the broker's URL, what to subscribe to at QoS 1, and what the session may hold besides.

        `on_message` is called at once with each message, and must be quick. `on_state` is called with whether
        messages flow, and why not. A function as `will` makes one for each attempt. Raises: BrokerUrlInvalid.
        """
        self.address = Address.parse(url)
        self.version: Version | None = None
        """Spoken on the last connection."""
        self.session_present = False
        """Whether the broker still knew us at the last connect."""
        self.connections = 0
        """How many times the broker has accepted us."""
        self.received = 0
        self.refused = 0
        """Messages given to `send` that the broker answered with a refusal."""
        self._filters, self._unwanted = tuple(filters), tuple(unwanted)
        self._settings = settings or ClientSettings()
        self._on_message = on_message
        self._on_state = on_state
        self._dialer = Dialer(
            Caller(address=self.address, client_id=client_id, will=will, settings=self._settings),
            Listener(
                on_accepted=self._use,
                on_message=self._take,
                on_puback=self._note_arrival,
                on_suback=self._note_subscriptions,
            ),
        )
        self._window = Window(self._settings.window)
        self._connection: Connection | None = None
        self._max_packet = 0
        self._paused = False
        self._subscribed = False
        self._reported: str | None = None
        """The reason last reported, empty while messages flow, None before the first report."""
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and the connection holds."""
        return self._connection is not None

    @property
    def in_flight(self) -> int:
        """How many messages of ours at QoS 1 the broker has not acknowledged."""
        return len(self._window)

    async def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost, until `stop`."""
        if self._task is None:
            self._task = asyncio.create_task(self._stay_connected(), name=f"mqtt {self.address}")

    async def stop(self) -> None:
        """Say good-bye, so that the broker publishes no Will; it keeps the session."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.say_goodbye()
            # Until the broker has closed, acknowledgements are still on their way: who comes back under our
            # id before that gets those messages again.
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(connection.lost), CLOSING_TIME)
            connection.abort("closed by us")
        self._give_up_answers("stopped")

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Tell the broker that it need not keep `messages`, which are in the order received.

        Those at QoS 0, and those of a connection that is gone, are passed over: of the latter the broker
        sends again what it has no word of.
        """
        connection = self._connection
        if connection is None:
            return
        number = connection.number
        connection.acknowledge(
            [message.packet_id for message in messages if message.packet_id and message.connection == number]
        )

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish once; at QoS 1 return when the broker has acknowledged.

        Raises: BrokerUnavailable when not connected, or lost meanwhile: it may have arrived all the same.
            BrokerRefused when the broker does not take it.
        """
        if qos not in (0, 1):
            raise ValueError(f"qos must be 0 or 1: {qos}")
        self._check_size(topic, payload)
        connection = self._connected_or_raise()
        if qos == 0:
            await connection.writable.wait()
            flags = packets.RETAIN if retain else 0
            connection.send(packets.publish(connection.version, topic, payload, flags=flags))
            return
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        await self._window.add(Outgoing(topic=topic, payload=payload, retain=retain, answer=answer))
        if self._connection is None:
            self._give_up_answers("not connected")
        self._write()
        code = await answer
        if code >= FIRST_FAILURE:
            raise BrokerRefused(f"the MQTT broker refused a message to {topic}: {describe(code)}")

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 1 without waiting for the broker, through every loss of the connection, in order.

        Waits only while the window is full or the socket takes no more, so memory is bounded while the broker
        is away. Raises: BrokerRefused when it is larger than the broker takes.
        """
        self._check_size(topic, payload)
        await self._window.add(Outgoing(topic=topic, payload=payload, retain=retain))
        self._write()
        connection = self._connection
        if connection is not None and not connection.writable.is_set():
            await connection.writable.wait()

    async def flush(self) -> None:
        """Return when the broker has acknowledged everything."""
        await self._window.empty()

    def pause(self) -> None:
        """Stop reading, also after a reconnect: the broker keeps what is at QoS 1 and may drop QoS 0."""
        self._paused = True
        if self._connection is not None:
            self._connection.pause()

    def resume(self) -> None:
        """Read again."""
        self._paused = False
        if self._connection is not None:
            self._connection.resume()

    async def _stay_connected(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            try:
                connection = await self._dialer.open(
                    clean_start=self._settings.always_clean
                    or (self._settings.clean_start and not self.connections)
                )
            except OSError as error:
                self._report(str(error) or type(error).__name__)
            else:
                began = loop.time()
                reason = await asyncio.shield(connection.lost)
                self._connection = None
                self._report(reason)
                self._give_up_answers(reason)
                failures = 0 if loop.time() - began > SETTLED else failures
            await asyncio.sleep(self._delay(failures))
            failures += 1

    def _delay(self, failures: int) -> float:
        """Return the seconds before the next attempt: doubling, and different for each client."""
        longest = min(self._settings.last_retry, self._settings.first_retry * 2.0 ** min(failures, 16))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads clients, keeps no secret

    def _use(self, connection: Connection, answer: Connack) -> None:
        self._connection = connection
        self._max_packet = answer.maximum_packet_size
        self.connections += 1
        self.version = connection.version
        self.session_present = answer.session_present
        keepalive = self._settings.keepalive
        connection.keep_alive(min(keepalive, answer.keepalive or keepalive))
        self._window.start_over(answer.receive_maximum)
        # In MQTT 3.1.1 subscribing again brings every retained message again, so only where it is needed: the
        # broker forgot us, or the session is of another run, which may have had other filters.
        if self._unwanted and answer.session_present:
            connection.send(packets.unsubscribe(connection.version, UNSUBSCRIBE_ID, self._unwanted))
        known = self._subscribed and answer.session_present and connection.version is Version.V311
        if self._filters and not known:
            connection.send(packets.subscribe(connection.version, SUBSCRIBE_ID, self._filters))
        else:
            self._flow()
        self._write()

    def _note_subscriptions(self, codes: bytes) -> None:
        refused = [name for name, code in zip(self._filters, codes, strict=False) if code >= FIRST_FAILURE]
        if refused:
            self._report(f"subscription refused: {', '.join(refused)}")
            return
        # Packets are answered in order, so what was unwanted is gone too.
        self._subscribed, self._unwanted = True, ()
        self._flow()

    def _flow(self) -> None:
        if self._paused and self._connection is not None:
            self._connection.pause()
        self._report("")

    def _take(self, message: Received) -> None:
        self.received += 1
        if self._on_message is not None:
            self._on_message(message)

    def _note_arrival(self, packet_id: int, code: int) -> None:
        message = self._window.remove(packet_id)
        if message is not None and message.answer is not None:
            if not message.answer.done():
                message.answer.set_result(code)
        elif message is not None and code >= FIRST_FAILURE:
            self.refused += 1
            logger.error("mqtt message refused", extra={"topic": message.topic, "reason": describe(code)})
        self._write()

    def _write(self) -> None:
        """Write as many of the kept messages as the broker takes."""
        connection = self._connection
        while connection is not None and (entry := self._window.next_to_write()) is not None:
            packet_id, message, again = entry
            flags = packets.QOS_1 | (packets.RETAIN if message.retain else 0)
            # To a broker that forgot us it is not a duplicate.
            flags |= packets.DUPLICATE if again and self.session_present else 0
            connection.send(
                packets.publish(
                    connection.version, message.topic, message.payload, flags=flags, packet_id=packet_id
                )
            )

    def _give_up_answers(self, reason: str) -> None:
        for answer in self._window.give_up_answers():
            if not answer.done():
                answer.set_exception(BrokerUnavailable(f"MQTT broker {self.address} lost: {reason}"))

    def _connected_or_raise(self) -> Connection:
        if self._connection is None:
            raise BrokerUnavailable(f"not connected to MQTT broker {self.address}: {self._reported}")
        return self._connection

    def _check_size(self, topic: str, payload: bytes) -> None:
        size = len(topic) + len(payload) + 16
        if self._max_packet and size > self._max_packet:
            raise BrokerRefused(f"message to {topic} of {size} bytes: the broker takes {self._max_packet}")

    def _report(self, reason: str) -> None:
        """Tell a change, and log it: once when messages stop to flow, once when they flow again."""
        before, self._reported = self._reported, reason
        if reason == before:
            return
        facts = {"broker": str(self.address), "reason": reason}
        if not reason:
            logger.info("mqtt connected", extra=facts | {"session_present": self.session_present})
        elif before:
            logger.debug("mqtt still not connected", extra=facts)
        else:
            logger.warning("mqtt connection lost" if before == "" else "mqtt not connected", extra=facts)
        if self._on_state is not None:
            self._on_state(not reason, reason)
