"""OpenStack Swift with its S3 API in one process, on loopback: for tests.

Arguments: a directory for its databases, and users as JSON: [{"key": "account:user", "secret": "...", "isAdmin": true}].
Prints one line, {"port": N}, when it listens; ends when its input ends. Objects are kept in memory.
A line of input, {"bucket": "...", "prefix": "...", "count": N}, has it list so many more objects, of which there is nothing
else; it answers with a line.
"""

import glob
import json
import os
import sys

import eventlet
from eventlet import wsgi

eventlet.monkey_patch()

from swift.account.server import AccountController
from swift.common import utils
from swift.common.middleware import catch_errors, gatekeeper, listing_formats, slo, tempauth
from swift.common.middleware.s3api import s3api
from swift.common.ring import RingBuilder
from swift.common.storage_policy import reload_storage_policies
from swift.container.backend import ContainerBroker
from swift.container.server import ContainerController
from swift.obj.mem_server import ObjectController
from swift.proxy.server import Application


class Memory:
    """What Swift keeps in memcached."""

    def __init__(self, app):
        self.app = app
        self.kept = {}

    def __call__(self, env, start_response):
        env["swift.cache"] = self
        return self.app(env, start_response)

    def get(self, key, **_):
        return self.kept.get(key)

    def set(self, key, value, **_):
        self.kept[key] = value

    def incr(self, key, delta=1, **_):
        self.kept[key] = int(self.kept.get(key, 0)) + delta
        return self.kept[key]

    def decr(self, key, delta=1, **_):
        return self.incr(key, -delta)

    def delete(self, key, **_):
        self.kept.pop(key, None)


def listen():
    return eventlet.listen(("127.0.0.1", 0))


def serve(socket, app):
    eventlet.spawn(wsgi.server, socket, app, log_output=False, capitalize_response_headers=False)


def make_ring(directory, name, port):
    builder = RingBuilder(1, 1, 0)
    place = {"region": 1, "zone": 1, "weight": 1.0, "ip": "127.0.0.1", "port": port, "device": "disk"}
    builder.add_dev({**place, "replication_ip": "127.0.0.1", "replication_port": port})
    builder.rebalance()
    builder.get_ring().save(os.path.join(directory, f"{name}.ring.gz"))


def make_proxy(conf, users):
    accounts = {}
    for user in users:
        account, name = user["key"].split(":")
        groups = " .admin" if user["isAdmin"] else ""
        accounts[f"user_{account}_{name}"] = user["secret"] + groups
    app = Application({**conf, "account_autocreate": "true", "allow_account_management": "true"})
    app = slo.filter_factory(conf)(app)
    app = tempauth.filter_factory({**conf, **accounts})(app)
    # Parts of any size, so that a test of many parts is small; names of any buckets.
    app = s3api.filter_factory({**conf, "auth_pipeline_check": "false", "min_segment_size": "1",
                                "location": "test-region", "storage_domain": "swift.test"})(app)
    app = listing_formats.filter_factory(conf)(app)
    app = gatekeeper.filter_factory(conf)(app)
    return catch_errors.filter_factory(conf)(Memory(app))


def list_more(disks, bucket, prefix, count):
    for path in glob.glob(os.path.join(disks, "**", "*.db"), recursive=True):
        broker = ContainerBroker(path)
        if "containers" not in path or broker.get_info()["container"] != bucket:
            continue
        now = utils.Timestamp.now().internal
        row = {"created_at": now, "size": 1, "content_type": "text/plain", "etag": "0" * 32, "deleted": 0}
        row.update({"storage_policy_index": 0, "ctype_timestamp": None, "meta_timestamp": None})
        broker.merge_items([{**row, "name": f"{prefix}{number:06}"} for number in range(count)])


def main(directory, users):
    disks = os.path.join(directory, "disks")
    os.makedirs(os.path.join(disks, "disk"))
    with open(os.path.join(directory, "swift.conf"), "w") as file:
        file.write("[swift-hash]\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = memory\ndefault = yes\n")
    utils.set_swift_dir(directory)
    reload_storage_policies()
    conf = {"devices": disks, "mount_check": "false", "swift_dir": directory, "log_statsd_host": "",
            "bind_port": "0", "node_timeout": "60", "conn_timeout": "30", "fallocate_reserve": "0"}
    for name, controller in {"account": AccountController, "container": ContainerController, "object": ObjectController}.items():
        socket = listen()
        make_ring(directory, name, socket.getsockname()[1])
        serve(socket, controller(conf))
    socket = listen()
    serve(socket, make_proxy(conf, users))
    print(json.dumps({"port": socket.getsockname()[1]}), flush=True)
    # Whoever started it holds its input open.
    while line := eventlet.tpool.execute(sys.stdin.buffer.readline):
        list_more(disks, **json.loads(line))
        print("{}", flush=True)
    os._exit(0)


main(sys.argv[1], json.loads(sys.argv[2]))
