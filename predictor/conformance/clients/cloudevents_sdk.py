"""The CloudEvents SDK: events in, events out, in both modes."""

import json
import urllib.request

from cloudevents.http import CloudEvent, from_http, to_binary, to_structured
from expected import GIVEN, report, same

event = CloudEvent({"type": "shop.visit", "source": "shop", "id": "42"}, {"instances": [{"user_id": GIVEN["user"], "k": 3}]})
for encode in (to_binary, to_structured):
    headers, body = encode(event)
    headers["content-type"] = headers.get("content-type", "application/json")
    request = urllib.request.Request(f"{GIVEN['url']}/v1/models/{GIVEN['model']}:predict", data=body, headers=headers)
    with urllib.request.urlopen(request) as answer:
        answered = from_http(dict(answer.headers), answer.read())
    assert answered["type"] == "io.kserve.inference.response"
    assert answered["source"] == f"io.kserve.inference.{GIVEN['model']}"
    assert answered["causationid"] == "42"
    data = answered.data if isinstance(answered.data, dict) else json.loads(answered.data)
    items = data["predictions"][0]["items"]
    assert same([i["item_id"] for i in items], [i["score"] for i in items])
report("V1 predict, binary CloudEvent", "V1 predict, structured CloudEvent")
