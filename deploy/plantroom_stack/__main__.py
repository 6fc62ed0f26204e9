"""The command behind `make stack`, `make stack-env` and `make stack-native`."""

import argparse
import sys
from pathlib import Path
from typing import Final

from plantroom_stack.compose import ROOT, Service, read_compose
from plantroom_stack.containers import start_containers
from plantroom_stack.errors import StackError
from plantroom_stack.secrets_file import make_env_file, variables

ENV_FILE: Final = ROOT / ".env"
FILES: Final = ROOT / "plantroom-files"
STATE: Final = ROOT / "stack-data"


def main(arguments: list[str] | None = None) -> int:
    """Do what the arguments say and return the exit status."""
    given = _parser().parse_args(arguments)
    try:
        if given.what == "env":
            _make_env(given.env_file, given.files)
        elif given.what == "up":
            start_containers(env_file=given.env_file, demo=given.demo, say=_say)
        else:
            _run_natively(given)
    except StackError as error:
        print(f"stack: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="plantroom_stack", description=__doc__)
    parser.add_argument("--env-file", type=Path, default=ENV_FILE, help="default: .env")
    verbs = parser.add_subparsers(dest="what", required=True)
    env = verbs.add_parser("env", help="make .env with random secrets, unless it is there")
    env.add_argument("--files", type=Path, default=FILES, help="directory of site.yaml and rules/")
    for name, said in (
        ("up", "start the containers"),
        ("native", "run the same services without containers"),
    ):
        verb = verbs.add_parser(name, help=said)
        verb.add_argument("--demo", action="store_true", help="with simulated machines")
    verb.add_argument("--state", type=Path, default=STATE, help="directory of all that is kept")
    verb.add_argument("--image", help="run our own services in containers of this image, by podman")
    verb.add_argument("--free-ports", action="store_true", help="take free ports, not the published ones")
    return parser


def _make_env(path: Path, files: Path) -> None:
    if make_env_file(path, files=files):
        _say(f"{path}: made, with random secrets; site and rules are in {files}")
    else:
        _say(f"{path}: is there, and stays as it is")


def _run_natively(given: argparse.Namespace) -> None:
    # containers need none of what these import
    from plantroom_stack.boxed import boxed
    from plantroom_stack.native import NativeStack, told_to_stop
    from plantroom_stack.places import LOOPBACK, Places, choose_ports
    from plantroom_stack.programs import Program, image_of, listens_on, program_for

    def start(service: Service, places: Places) -> Program | None:
        if given.image and image_of(service) == "plantroom":
            return boxed(service, places, image=given.image)
        return program_for(service, places)

    profiles = ["demo"] if given.demo else []
    services = read_compose(environment=variables(given.env_file), profiles=profiles)
    inside = {name: listens_on(service) for name, service in services.items()}
    state = given.state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    places = Places(state=state, ports=choose_ports(services, inside=inside, free=given.free_ports))
    stack = NativeStack(places=places, recipe=start, say=_say)
    with told_to_stop() as told:
        try:
            stack.start(services)
            stack.write_down()
            _say(f"logs: {state / 'logs'}")
            _say(f"sign in: with PLANTROOM_ADMIN_TOKEN of {given.env_file}")
            _say(f"mqtt: {LOOPBACK}:{places.port('mosquitto', 1883)}")
            _say(f"ready: http://{LOOPBACK}:{places.port('plantroom-api', 8080)}")
            stack.keep_up(until_told=told)
        except KeyboardInterrupt:
            _say("stopping")
        finally:
            stack.stop()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
