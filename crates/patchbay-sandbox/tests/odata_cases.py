"""Writes odata-cases.ndjson: OData queries over the built-in seed, and what each must answer.

Run in this folder: `python3 odata_cases.py > odata-cases.ndjson`. It needs the seed alone, none of the double's code: every
expected list comes from a condition written by hand in Python beside the query. A line holds `path`, `query`, and one of
`ids` (the keys of the entities, in order), `value` (the answer's items, without ETags), or `error` (the option at fault).
"""

import json
import operator
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

SEED = json.loads((Path(__file__).parent / "../src/seed/seed.json").read_text())
GROUP_NAMES = {group["Id"]: group["Name"] for group in SEED["Groups"]}
OPERATORS = {name: getattr(operator, name) for name in ["eq", "ne", "gt", "ge", "lt", "le"]}
PEERS = {"Users": "DisplayName", "ServicePrincipals": "Number", "Queues": "Name"}


def entities(name, type_name):
    found = []
    for given in SEED[name]:
        entity = json.loads(json.dumps({**SEED["defaults"].get(type_name, {}), **given}))
        for membership in entity.get("Groups", []):
            membership["Name"] = GROUP_NAMES[membership["GroupId"]]
        found.append(entity)
    return found


USERS = entities("Users", "User")
GROUPS = entities("Groups", "Group")
CONTACTS = entities("Contacts", "Contact")
RECORDINGS = entities("Recordings", "Recording")
for group in GROUPS:
    group["Members"] = [
        member
        for name, type_name in [("Users", "User"), ("ServicePrincipals", "ServicePrincipal"), ("Queues", "Queue")]
        for member in entities(name, type_name)
        if any(membership["GroupId"] == group["Id"] for membership in member.get("Groups", []))
    ]


def outside(number):
    return number.startswith("+")


HISTORY = [
    {
        "SegmentId": index + 1,
        "start": datetime.fromisoformat(call["start"].replace("Z", "+00:00")),
        "talk": timedelta(seconds=call.get("talking", 0)),
        "ring": timedelta(seconds=call.get("ringing", 0)),
        "answered": "talking" in call,
        "from": call["from"],
        "to": call["to"],
        "recording": call.get("recording"),
    }
    for index, call in enumerate(SEED["calls"])
]


def emit(path, query, **expected):
    print(json.dumps({"path": path, "query": query, **expected}, ensure_ascii=False))


def compare(name, left, right):
    """OData's comparison: null equals only null, and is neither greater nor less."""
    if left is None or right is None:
        return {"eq": left is right, "ne": left is not right}.get(name, False)
    return OPERATORS[name](left, right)


def filtered(path, among, key, text, holds):
    emit(path, {"$filter": text, "$select": key}, ids=[entity[key] for entity in among if holds(entity)])


def users(text, holds):
    filtered("/Users", USERS, "Id", text, holds)


def history(text, holds):
    filtered("/CallHistoryView", HISTORY, "SegmentId", text, holds)


def quoted(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


# Every comparison of every kind of property, with the value on either side.
for name, values in {
    "Number": ["101", "205", "", None],
    "DisplayName": ["Lab's Phone", "Sales 105", "zz"],
    "FirstName": ["Support"],
    "Mobile": ["+491700000102", None],
    "EmailAddress": ["support@example.com", ""],
    "Id": [1, 15, 30, 31, -1],
    "PinProtectTimeout": [0, 20],
}.items():
    for value in values:
        for sign in OPERATORS:
            users(f"{name} {sign} {quoted(value)}", lambda user: compare(sign, user.get(name), value))
mirrored = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
for sign in OPERATORS:
    users(f"12 {sign} Id", lambda user: compare(mirrored[sign], user["Id"], 12))
    users(f"length(DisplayName) {sign} 9", lambda user: compare(sign, len(user["DisplayName"]), 9))
    users(f"Groups/$count {sign} 1", lambda user: compare(sign, len(user["Groups"]), 1))
    users(f"Groups/any(g: g/GroupId {sign} 3)", lambda user: any(compare(sign, g["GroupId"], 3) for g in user["Groups"]))
    users(f"Groups/all(g: g/GroupId {sign} 3)", lambda user: all(compare(sign, g["GroupId"], 3) for g in user["Groups"]))
    users(f"Id mod 4 {sign} 2", lambda user: compare(sign, user["Id"] % 4, 2))
    users(f"substring(Number,1) {sign} '03'", lambda user: compare(sign, user["Number"][1:], "03"))

# Logic, and how strongly its words bind.
FLAGS = {
    "Enabled": lambda user: user["Enabled"],
    "IsRegistered": lambda user: user["IsRegistered"],
    "startswith(Number,'3')": lambda user: user["Number"].startswith("3"),
    "Id gt 20": lambda user: user["Id"] > 20,
}
for left, holds_left in FLAGS.items():
    for right, holds_right in FLAGS.items():
        if left < right:
            users(f"{left} and {right}", lambda user: holds_left(user) and holds_right(user))
            users(f"{left} or not ({right})", lambda user: holds_left(user) or not holds_right(user))
            users(f"not ({left} and {right})", lambda user: not (holds_left(user) and holds_right(user)))
            users(f"({left}) eq ({right})", lambda user: holds_left(user) == holds_right(user))
users("Id eq 1 or Id eq 2 and Enabled", lambda user: user["Id"] == 1 or (user["Id"] == 2 and user["Enabled"]))
users("(Id eq 1 or Id eq 2) and Enabled", lambda user: user["Id"] in (1, 2) and user["Enabled"])
users("not Enabled or Id lt 3", lambda user: not user["Enabled"] or user["Id"] < 3)
users("not (not Enabled)", lambda user: user["Enabled"])
users("contains(Mobile,'1') or Enabled", lambda user: "1" in (user.get("Mobile") or "") or user["Enabled"])
users("not contains(Mobile,'1')", lambda user: user.get("Mobile") is not None and "1" not in user["Mobile"])

# Functions of text.
for piece in ["Desk", "desk", "", " ", "'", "10", "ö", "%", "("]:
    text = quoted(piece)
    users(f"contains(DisplayName,{text})", lambda user: piece in user["DisplayName"])
    users(f"startswith(DisplayName,{text})", lambda user: user["DisplayName"].startswith(piece))
    users(f"endswith(DisplayName,{text})", lambda user: user["DisplayName"].endswith(piece))
    users(f"indexof(DisplayName,{text}) ge 0", lambda user: user["DisplayName"].find(piece) >= 0)
    users(f"indexof(DisplayName,{text}) eq 8", lambda user: user["DisplayName"].find(piece) == 8)
for number in [0, 1, 4, 50]:
    users(f"substring(DisplayName,{number}) eq 'Desk'", lambda user: user["DisplayName"][number:] == "Desk")
    users(f"substring(Number,{number},1) eq '0'", lambda user: user["Number"][number : number + 1] == "0")
users("tolower(DisplayName) eq 'night desk'", lambda user: user["DisplayName"].lower() == "night desk")
users("toupper(DisplayName) eq 'NIGHT DESK'", lambda user: user["DisplayName"].upper() == "NIGHT DESK")
users("trim(concat('  ',Number)) eq Number", lambda user: True)
users("concat(FirstName,LastName) eq 'NightDesk'", lambda user: user["FirstName"] + user["LastName"] == "NightDesk")
users("length(concat(Number,Number)) eq 6", lambda user: len(user["Number"]) == 3)
users("contains(tolower(EmailAddress),'desk') and Enabled", lambda user: "desk" in (user.get("EmailAddress") or "").lower() and user["Enabled"])
users("DisplayName eq 'Lab''s Phone' or DisplayName eq 'it''s'", lambda user: user["DisplayName"] == "Lab's Phone")

# Arithmetic.
for text, value in {
    "Id add 2": lambda n: n + 2, "Id sub 2": lambda n: n - 2, "Id mul 2": lambda n: n * 2, "Id div 2": lambda n: n // 2,
    "Id divby 2": lambda n: n / 2, "Id mod 5": lambda n: n % 5, "-Id": lambda n: -n, "Id mul 2 sub 4": lambda n: n * 2 - 4,
    "4 sub Id mul 2": lambda n: 4 - n * 2, "(4 sub Id) mul 2": lambda n: (4 - n) * 2,
    "round(Id divby 4)": lambda n: int(n / 4 + 0.5), "floor(Id divby 4)": lambda n: n // 4, "ceiling(Id divby 4)": lambda n: -(-n // 4),
}.items():
    for sign, limit in [("eq", 2), ("gt", 4)]:
        users(f"{text} {sign} {limit}", lambda user: compare(sign, value(user["Id"]), limit))

# Lists of values, enums, structures.
users("Id in (2,4,400)", lambda user: user["Id"] in (2, 4, 400))
users("not (Number in ('100','101'))", lambda user: user["Number"] not in ("100", "101"))
users("Mobile in (null,'+491700000100')", lambda user: user.get("Mobile") in (None, "+491700000100"))
for status in ["LoggedIn", "LoggedOut"]:
    users(f"QueueStatus eq '{status}'", lambda user: user["QueueStatus"] == status)
    users(f"QueueStatus ne Pbx.QueueStatusType'{status}'", lambda user: user["QueueStatus"] != status)
users("Hours/Type eq 'OfficeHours' and Hours/IgnoreHolidays eq false", lambda user: True)
users("Hours/Periods/any()", lambda user: False)

# Lambdas, one inside the other, with the outer variable and the entity itself.
users("Groups/any()", lambda user: bool(user["Groups"]))
users("not Groups/any(g: g/Name eq 'Sales')", lambda user: all(g["Name"] != "Sales" for g in user["Groups"]))
users("Groups/any(g: startswith(g/Name,'S') and g/GroupId lt 4)", lambda user: any(g["Name"].startswith("S") and g["GroupId"] < 4 for g in user["Groups"]))
users("Groups/any(g: g/GroupId eq PrimaryGroupId) and Id lt 9", lambda user: any(g["GroupId"] == user["PrimaryGroupId"] for g in user["Groups"]) and user["Id"] < 9)
users("Groups/any(a: Groups/any(b: a/GroupId lt b/GroupId))", lambda user: len({g["GroupId"] for g in user["Groups"]}) > 1)
users("Groups/all(a: Groups/all(b: a/GroupId eq b/GroupId))", lambda user: len({g["GroupId"] for g in user["Groups"]}) == 1)
users("ForwardingProfiles/all(p: p/Id ge 1) and ForwardingProfiles/$count eq 5", lambda user: len(user["ForwardingProfiles"]) == 5)
users("Phones/any(p: endswith(p/MacAddress,'1') or $it/Id eq 12)", lambda user: any(p["MacAddress"].endswith("1") or user["Id"] == 12 for p in user.get("Phones", [])))
for number in ["100", "101", "201", "800", "900"]:
    filtered("/Groups", GROUPS, "Id", f"Members/any(m: m/Number eq '{number}')", lambda group: any(m["Number"] == number for m in group["Members"]))
for count in [1, 3, 9]:
    filtered("/Groups", GROUPS, "Id", f"Members/$count ge {count}", lambda group: len(group["Members"]) >= count)
for word in ["Harbour", "Hotel", "x"]:
    filtered("/Contacts", CONTACTS, "Id", f"contains(CompanyName,'{word}')", lambda contact: word in (contact.get("CompanyName") or ""))

# Times and durations.
for moment in ["2026-02-27T09:00:00Z", "2026-02-28T10:15:00Z", "2026-03-02T00:00:00Z"]:
    at = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    for sign in OPERATORS:
        history(f"SegmentStartTime {sign} {moment}", lambda call: compare(sign, call["start"], at))
for text, seconds in [("PT0S", 0), ("PT2M", 120), ("PT1H", 3600), ("PT1H1M40S", 3700)]:
    for sign in OPERATORS:
        history(f"CallTime {sign} duration'{text}'", lambda call: compare(sign, call["talk"], timedelta(seconds=seconds)))
for part in ["year", "month", "day", "hour", "minute", "second"]:
    for value in {"year": [2026], "month": [2, 3], "day": [2, 27], "hour": [9, 14], "minute": [0, 30], "second": [0, 1]}[part]:
        history(f"{part}(SegmentStartTime) eq {value}", lambda call: getattr(call["start"], part) == value)
history("date(SegmentStartTime) eq 2026-03-02", lambda call: call["start"].date().isoformat() == "2026-03-02")
history("time(SegmentStartTime) lt 09:00:00", lambda call: call["start"].hour < 9)
history("totalseconds(CallTime) gt 299.5", lambda call: call["talk"].total_seconds() > 299.5)
history("SegmentEndTime sub SegmentStartTime gt duration'PT5M'", lambda call: call["ring"] + call["talk"] > timedelta(minutes=5))
history("SegmentStartTime add duration'P1D' gt 2026-03-03T12:00:00Z", lambda call: call["start"] + timedelta(days=1) > datetime(2026, 3, 3, 12, tzinfo=timezone.utc))
history("SegmentStartTime eq 2026-02-27T10:00:00+01:00", lambda call: call["start"] == datetime(2026, 2, 27, 9, tzinfo=timezone.utc))
history("CallAnswered eq false", lambda call: not call["answered"])
history("SrcExternal and not DstExternal", lambda call: outside(call["from"]) and not outside(call["to"]))
history("SrcRecId ne null", lambda call: call["recording"] is not None)
for recording in RECORDINGS:
    kind = recording["CallType"]
    filtered("/Recordings", RECORDINGS, "Id", f"CallType eq '{kind}' and Id ge {recording['Id']}", lambda each: each["CallType"] == kind and each["Id"] >= recording["Id"])


# Order, with null before everything, and pages.
def ordered(path, among, key, text, *keys):
    """`keys` are pairs of a function and whether it descends; the sort is stable."""
    found = list(among)
    for value, descending in reversed(keys):
        found.sort(key=lambda entity: (value(entity) is not None, value(entity) or 0), reverse=descending)
    for top, skip in [(None, None), (3, None), (5, 2), (None, 27), (0, 0)]:
        query = {"$orderby": text, "$select": key}
        if top is not None:
            query["$top"] = str(top)
        if skip is not None:
            query["$skip"] = str(skip)
        page = found[skip or 0 :]
        emit(path, query, ids=[entity[key] for entity in page[: len(page) if top is None else top]])


for text, keys in {
    "Number": [("Number", False)], "Number desc": [("Number", True)], "Language,Number desc": [("Language", False), ("Number", True)],
    "Mobile,Id desc": [("Mobile", False), ("Id", True)], "Mobile desc,Id": [("Mobile", True), ("Id", False)],
    "Enabled desc,PinProtectTimeout desc,LastName": [("Enabled", True), ("PinProtectTimeout", True), ("LastName", False)],
    "FirstName asc , Id desc": [("FirstName", False), ("Id", True)],
}.items():
    ordered("/Users", USERS, "Id", text, *[(lambda user, name=name: user.get(name), descending) for name, descending in keys])
ordered("/CallHistoryView", HISTORY, "SegmentId", "CallTime desc", (lambda call: call["talk"].total_seconds(), True))

# What is selected and expanded, whole.
for user in USERS[:6]:
    key = user["Id"]
    groups = [{"GroupId": g["GroupId"], "Name": g["Name"]} for g in user["Groups"]]
    base = {"$filter": f"Id eq {key}"}
    emit("/Users", {**base, "$select": "Number,DisplayName"}, value=[{"Number": user["Number"], "DisplayName": user["DisplayName"]}])
    emit("/Users", {**base, "$select": "Id,Hours/Type"}, value=[{"Id": key, "Hours": {"Type": user["Hours"]["Type"]}}])
    emit("/Users", {**base, "$select": "Id", "$expand": "Groups($select=GroupId,Name)"}, value=[{"Id": key, "Groups": groups}])
    emit("/Users", {**base, "$select": "Id", "$expand": "Groups($select=Name;$orderby=Name desc)"},
         value=[{"Id": key, "Groups": [{"Name": g["Name"]} for g in sorted(groups, key=lambda g: g["Name"], reverse=True)]}])
    emit("/Users", {**base, "$select": "Id", "$expand": "Groups($select=Name;$filter=GroupId gt 1;$count=true)"},
         value=[{"Id": key, "Groups@odata.count": sum(g["GroupId"] > 1 for g in groups), "Groups": [{"Name": g["Name"]} for g in groups if g["GroupId"] > 1]}])
    emit("/Users", {**base, "$select": "Id", "$expand": "Groups($select=GroupId;$expand=Rights($select=RoleName);$top=1)"},
         value=[{"Id": key, "Groups": [{"GroupId": g["GroupId"], "Rights": {"RoleName": g["Rights"]["RoleName"] if "Rights" in g else "users"}} for g in user["Groups"][:1]]}])
    emit("/Users", {**base, "$select": "Id", "$expand": "ForwardingProfiles($select=Name;$skip=3),Groups($select=Name;$filter=contains(Name,';)'))"},
         value=[{"Id": key, "ForwardingProfiles": [{"Name": p["Name"]} for p in user["ForwardingProfiles"][3:]], "Groups": []}])


# Words in any text of the entity itself.
def texts(entity):
    return [value.lower() for value in entity.values() if isinstance(value, str)]


def has(entity, word):
    return any(word.lower() in text for text in texts(entity))


for text, holds in {
    "desk": lambda u: has(u, "desk"), "DESK": lambda u: has(u, "desk"), "sales 105": lambda u: has(u, "sales") and has(u, "105"),
    '"sales 105"': lambda u: has(u, "sales 105"), '"105 sales"': lambda u: has(u, "105 sales"), "sales AND NOT 105": lambda u: has(u, "sales") and not has(u, "105"),
    "sales OR lobby": lambda u: has(u, "sales") or has(u, "lobby"), "(lobby OR door) AND phone": lambda u: (has(u, "lobby") or has(u, "door")) and has(u, "phone"),
    "NOT example.com": lambda u: not has(u, "example.com"), "lab's": lambda u: has(u, "lab's"), "warehouse NOT 301": lambda u: has(u, "warehouse") and not has(u, "301"),
}.items():
    emit("/Users", {"$search": text, "$select": "Id"}, ids=[user["Id"] for user in USERS if holds(user)])
    emit("/Users", {"$search": text, "$filter": "Enabled", "$select": "Id"}, ids=[user["Id"] for user in USERS if holds(user) and user["Enabled"]])

# What is wrong with a query, by the option that is told.
for option, values in {
    "$filter": ["Nmber eq '1'", "Number eq 101", "Id eq '1'", "Number eq", "eq '1'", "Number eq '1", "(Id eq 1", "Id eq 1)", "Number", "Id add 1", "contains(Number)",
                "contains(Id,'1')", "startswith('1')", "length(Id) eq 1", "year(Number) eq 1", "Enabled add 1 eq 2", "not Id", "Number and Enabled", "Groups/any(Name eq 'x')",
                "Groups/any(g: g/Nmae eq 'x')", "Groups/Name eq 'x'", "Number/any(n: n eq 'x')", "QueueStatus eq 'Sleeping'", "Id in (1 2)", "Id eq 2026-13-01",
                "unknown(Number) eq 1", "Id eq 1 and", "Id = 1", "Number eq \"1\"", "Hours/Nothing eq 1"],
    "$orderby": ["Nmber", "Number up", "Number desc asc", "Number,,Id", ""],
    "$select": ["Nmber", "Id,Nmber", "Hours/Nothing"],
    "$expand": ["Nmber", "Number", "Groups($select=Nmae)", "Groups(", "Groups($top=-1)"],
    "$top": ["-1", "x", "1.5", "101", "99999999999", ""], "$skip": ["-1", "x"], "$count": ["yes", "1"], "$search": ["\"a", "(a", "AND"], "$compute": ["x"],
}.items():
    for value in values:
        nested = re.search(r"\((\$\w+)", value) if option == "$expand" else None
        emit("/Users", {option: value}, error=nested.group(1) if nested else option)
