//! A table of OData queries over the built-in seed, with the entities that each must find.
//!
//! The expected ids were computed from the seed's JSON apart from the double's own code, one hand-written condition for each query.

use patchbay_sandbox::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Client, TestClock};

#[rustfmt::skip]
/// `$filter` on users.
const USERS: &[(&str, &[i64])] = &[
    ("Number eq '101'", &[3]),
    ("'101' eq Number", &[3]),
    ("Number ne '101'", &[1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("Number gt '400'", &[26, 27, 28, 29, 30]),
    ("Number ge '400'", &[25, 26, 27, 28, 29, 30]),
    ("Number lt '102'", &[1, 3]),
    ("Number le '102'", &[1, 3, 4]),
    ("Id eq 7", &[7]),
    ("Id gt 27", &[28, 29, 30]),
    ("Id lt 3.5", &[1, 2, 3]),
    ("Id eq 7.0", &[7]),
    ("Id gt -1 and Id le 2", &[1, 2]),
    ("DisplayName eq 'Lab''s Phone'", &[30]),
    ("DisplayName eq 'sales 101'", &[]),
    ("DisplayName gt 'Support 207'", &[18, 19, 20, 21, 22, 23, 24]),
    ("Enabled", &[1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 25, 26, 27, 28, 29, 30]),
    ("not Enabled", &[2, 17, 24]),
    ("Enabled eq false", &[2, 17, 24]),
    ("Enabled ne true", &[2, 17, 24]),
    ("true", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("false", &[]),
    ("IsRegistered eq true and Enabled eq true and Internal eq false", &[1, 3, 5, 7, 9, 11, 12, 13, 14, 15, 25, 26, 27, 28, 30]),
    ("IsRegistered and not HideInPhonebook", &[1, 3, 5, 7, 9, 11, 12, 13, 14, 15, 25, 26, 30]),
    ("not (Enabled and VMEnabled)", &[2, 17, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("not not AllowLanOnly", &[27]),
    ("Enabled eq IsRegistered", &[1, 2, 3, 5, 7, 9, 11, 12, 13, 14, 15, 17, 24, 25, 26, 27, 28, 30]),
    ("Number eq '100' or Number eq '101' and Enabled eq false", &[1]),
    ("(Number eq '100' or Number eq '109') and Enabled eq false", &[2]),
    ("Number eq '109' and not Enabled or Number eq '405'", &[2, 30]),
    ("not Enabled eq false and Id lt 4", &[1, 3]),
    ("((((Id eq 1))))", &[1]),
    ("Mobile eq null", &[2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("Mobile ne null", &[1, 3, 4, 5]),
    ("null eq Mobile", &[2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("EmailAddress eq null", &[25, 26, 27, 28, 29, 30]),
    ("EmailAddress eq ''", &[23]),
    ("EmailAddress ne null and EmailAddress ne ''", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24]),
    ("Mobile ne '+491700000100'", &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("Mobile gt ''", &[1, 3, 4, 5]),
    ("Mobile le '+491700000101'", &[1, 3]),
    ("not contains(Mobile,'10')", &[]),
    ("contains(Mobile,'10') or Id eq 30", &[1, 3, 4, 5, 30]),
    ("contains(Mobile,'10') eq null", &[2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("null eq null and Id eq 1", &[1]),
    ("ContactImage eq null and Id le 2", &[1, 2]),
    ("Number in ('100','405','999')", &[1, 30]),
    ("Number in ( '100' , '405' )", &[1, 30]),
    ("Id in (3,5,7)", &[3, 5, 7]),
    ("not (Id in (3,5,7))", &[1, 2, 4, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("Id in ()", &[]),
    ("Mobile in (null)", &[2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("QueueStatus in ('LoggedIn')", &[1, 3, 4, 5, 11, 12, 13, 14, 15]),
    ("Language in ('DE') and Id gt 20", &[21, 22, 23, 24]),
    ("QueueStatus eq 'LoggedIn'", &[1, 3, 4, 5, 11, 12, 13, 14, 15]),
    ("QueueStatus eq Pbx.QueueStatusType'LoggedIn'", &[1, 3, 4, 5, 11, 12, 13, 14, 15]),
    ("QueueStatus ne 'LoggedIn'", &[2, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("TranscriptionMode eq 'Recordings'", &[11, 12, 13, 14]),
    ("TranscriptionMode has 'Both'", &[1]),
    ("TranscriptionMode has Pbx.TranscriptionType'Recordings'", &[11, 12, 13, 14]),
    ("TranscriptionMode lt 'Both'", &[11, 12, 13, 14]),
    ("VMEmailOptions eq null", &[]),
    ("contains(DisplayName,'Desk')", &[1, 2]),
    ("contains(DisplayName,'desk')", &[]),
    ("contains(tolower(DisplayName),'desk')", &[1, 2]),
    ("contains(DisplayName,'')", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("contains(DisplayName,'''')", &[30]),
    ("startswith(Number,'20')", &[11, 12, 13, 14, 15, 16, 17, 18]),
    ("startswith(Number,'20') eq false", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("endswith(EmailAddress,'@example.com')", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24]),
    ("endswith(Number,'1') and startswith(Number,'3')", &[19]),
    ("tolower(FirstName) eq 'sales'", &[3, 4, 5, 6, 7, 8, 9, 10]),
    ("toupper(FirstName) eq 'LOBBY'", &[29]),
    ("length(DisplayName) gt 14", &[25, 26]),
    ("length(EmailAddress) eq 0", &[23]),
    ("length(Mobile) ge 1", &[1, 3, 4, 5]),
    ("indexof(DisplayName,'Phone') eq 6", &[29, 30]),
    ("indexof(DisplayName,'Phone') ge 0", &[29, 30]),
    ("indexof(DisplayName,'zz') eq -1 and Id lt 3", &[1, 2]),
    ("substring(Number,1) eq '05'", &[7, 15, 23, 30]),
    ("substring(Number,0,1) eq '4'", &[25, 26, 27, 28, 29, 30]),
    ("substring(Number,5) eq ''", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("concat(FirstName,concat('-',LastName)) eq 'Sales-101'", &[3]),
    ("trim(concat(' ',Number)) eq '100'", &[1]),
    ("contains(concat(FirstName, LastName), 'oomN')", &[25]),
    ("length(substring(DisplayName,3,4)) eq 4", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("Id add 1 eq 5", &[4]),
    ("Id sub 1 eq 0", &[1]),
    ("Id mul 2 eq 10", &[5]),
    ("Id div 10 eq 2", &[20, 21, 22, 23, 24, 25, 26, 27, 28, 29]),
    ("Id divby 10 eq 0.5", &[5]),
    ("Id mod 10 eq 0", &[10, 20, 30]),
    ("Id mul 2 add 1 eq 11", &[5]),
    ("Id mul (2 add 1) eq 15", &[5]),
    ("1 add Id mul 2 eq 7", &[3]),
    ("-Id lt -28", &[29, 30]),
    ("Id eq -(-3)", &[3]),
    ("PinProtectTimeout div 0 eq null and Id eq 1", &[1]),
    ("PinProtectTimeout gt 0", &[7, 19, 20, 21]),
    ("PinProtectTimeout add Id gt 40", &[21]),
    ("round(Id divby 10) eq 1", &[5, 6, 7, 8, 9, 10, 11, 12, 13, 14]),
    ("floor(Id divby 10) eq 2", &[20, 21, 22, 23, 24, 25, 26, 27, 28, 29]),
    ("ceiling(Id divby 10) eq 1", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("length(Number) add Id gt 31", &[29, 30]),
    ("Hours/Type eq 'OfficeHours' and Id eq 2", &[2]),
    ("Hours/IgnoreHolidays eq true", &[]),
    ("Hours ne null and Id eq 3", &[3]),
    ("Hours eq null", &[]),
    ("$it/Number eq '100'", &[1]),
    ("Groups/any(g: g/Name eq 'Sales')", &[3, 4, 5, 6, 7, 8, 9, 10]),
    ("Groups/any(g:g/Name eq 'Sales' and g/Rights/RoleName eq 'managers')", &[3]),
    ("Groups/all(g: g/GroupId gt 3)", &[12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]),
    ("not Groups/any(g: g/GroupId eq 1)", &[2, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]),
    ("Groups/any()", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("Phones/any()", &[11, 12, 13]),
    ("not Phones/any() and Id gt 26", &[27, 28, 29, 30]),
    ("Phones/all(p: startswith(p/MacAddress,'0015')) and Phones/any()", &[11, 12, 13]),
    ("Groups/$count eq 2", &[1, 3, 4, 11]),
    ("Groups/$count gt 1 and Phones/$count eq 1", &[11]),
    ("Groups/any(g: g/GroupId eq $it/PrimaryGroupId)", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("Groups/any(g: g/GroupId eq PrimaryGroupId)", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("Groups/any(g: Phones/any(p: p/Id eq 2 and g/GroupId eq 4))", &[12]),
    ("Groups/any(g: g/Name in ('Reception','Warehouse'))", &[1, 2, 19, 20, 21, 22, 23, 24]),
    ("Tags/any(t: t eq 'Teams')", &[]),
    ("ForwardingProfiles/any(p: p/Name eq 'Away' and p/NoAnswerTimeout ge 20) and Id lt 3", &[1, 2]),
    ("Groups/any(g: g/Tags/any())", &[]),
    ("Number eq '101' and (Groups/any(g: g/GroupId eq 3) or Enabled eq false)", &[3]),
    ("  Number   eq   '101'  ", &[3]),
    ("contains( DisplayName , 'Desk' )", &[1, 2]),
    ("startswith(Number,'1')and Enabled eq false", &[2]),
];

#[rustfmt::skip]
/// `$filter` on service principals.
const SERVICE_PRINCIPALS: &[(&str, &[i64])] = &[
    ("LastUsed gt 2026-02-01T00:00:00Z", &[60]),
    ("LastUsed lt 2026-02-01T00:00:00Z", &[61]),
    ("LastUsed eq 2026-02-28T13:00:00+01:00", &[60]),
    ("LastUsed eq null", &[62]),
    ("year(LastUsed) eq 2026", &[60, 61]),
    ("month(LastUsed) eq 1", &[61]),
    ("day(LastUsed) gt 15", &[60]),
    ("hour(LastUsed) lt 12", &[61]),
    ("minute(LastUsed) eq 45", &[61]),
    ("second(LastUsed) ne 30", &[60, 62]),
    ("fractionalseconds(LastUsed) eq 0", &[60, 61]),
    ("totaloffsetminutes(LastUsed) eq 0", &[60, 61]),
    ("date(LastUsed) eq 2026-01-15", &[61]),
    ("time(LastUsed) eq 12:00:00", &[60]),
    ("time(LastUsed) lt 08:00", &[61]),
    ("LastUsed ge 2026-02-28", &[60]),
    ("LastUsed add duration'P1D' gt 2026-03-01T00:00:00Z", &[60]),
    ("LastUsed sub duration'PT12H' eq 2026-02-28T00:00:00Z", &[60]),
    ("LastUsed lt now()", &[60, 61]),
    ("now() sub LastUsed gt duration'P10D'", &[61]),
    ("totalseconds(now() sub LastUsed) lt 600000", &[60]),
    ("LastUsed gt mindatetime() and LastUsed lt maxdatetime()", &[60, 61]),
    ("XAPIEnabled and CallControlEnabled", &[61]),
    ("Peers/any(p: p/Type eq 'Extension')", &[61]),
    ("Peers/any(p: p/Number eq '100' and not p/Hidden)", &[61]),
    ("Groups/any(g: g/Rights/RoleName eq 'system_owners')", &[60, 61]),
    ("Groups/any(g: g/Type eq 'RoutePoint')", &[60, 61, 62]),
];

#[rustfmt::skip]
/// `$filter` on groups.
const GROUPS: &[(&str, &[i64])] = &[
    ("IsDefault", &[1]),
    ("Name eq '__DEFAULT__'", &[1]),
    ("Members/any(m: m/Number eq '100')", &[1, 2]),
    ("Members/$count gt 8", &[1, 3]),
    ("Rights/all(r: r/AllowParking)", &[1, 2, 3, 4, 5]),
    ("Rights/any(r: r/RoleName eq 'users' and r/CanBargeIn)", &[]),
    ("HasMembers eq true and Language eq 'DE'", &[5]),
    ("LastLoginTime lt 2026-02-03T00:00:00Z", &[1, 2]),
    ("Props eq null", &[1, 2, 3, 4, 5]),
    ("Props/Fqdn eq null", &[1, 2, 3, 4, 5]),
];

#[rustfmt::skip]
/// Options on users.
const OPTIONS: &[(&str, &[i64])] = &[
    ("$top=3", &[1, 2, 3]),
    ("$skip=28", &[29, 30]),
    ("$top=2&$skip=3", &[4, 5]),
    ("$top=0", &[]),
    ("$skip=1000", &[]),
    ("$top=100", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
    ("$orderby=Id desc&$top=2", &[30, 29]),
    ("$orderby=Number&$top=4", &[1, 3, 4, 5]),
    ("$orderby=Number asc&$top=1", &[1]),
    ("$orderby=Language desc,Number desc&$top=3", &[30, 29, 28]),
    ("$orderby=Language,FirstName,Id desc&$top=5", &[10, 6, 24, 23, 22]),
    ("$orderby=Mobile desc&$top=4", &[5, 4, 3, 1]),
    ("$orderby=Mobile&$top=2", &[2, 6]),
    ("$orderby=length(DisplayName) desc,Id&$top=3", &[25, 26, 1]),
    ("$orderby=Groups/$count desc&$top=4", &[1, 3, 4, 11]),
    ("$orderby=Hours/Type,Id desc&$top=1", &[30]),
    ("$orderby=Enabled,Id&$top=3", &[2, 17, 24]),
    ("$orderby=concat(LastName,FirstName)&$top=2", &[3, 4]),
    ("$orderby=Id mod 7 desc,Id desc&$top=5", &[27, 20, 13, 6, 26]),
    ("$filter=Language eq 'DE'&$orderby=Id desc&$top=2&$skip=1", &[23, 22]),
    ("$search=desk", &[1, 2]),
    (r#"$search="meeting room""#, &[25, 26]),
    ("$search=meeting south", &[26]),
    ("$search=door OR lobby", &[27, 29]),
    ("$search=phone AND NOT lobby", &[30]),
    ("$search=NOT example.com", &[23, 25, 26, 27, 28, 29, 30]),
    ("$search=(door OR lobby) station", &[27]),
    ("$search=Sales&$filter=Enabled and IsRegistered&$orderby=Number desc", &[9, 7, 5, 3]),
    ("$search=nowhere", &[]),
];

async fn check(client: &Client, path: &str, query: &[(&str, &str)], expected: &[i64]) {
    let (status, body) = client.query(path, query).await;
    assert_eq!(status, StatusCode::OK, "{path} {query:?}: {body}");
    let found: Vec<i64> = body["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entity| entity["Id"].as_i64())
        .collect();
    assert_eq!(found, expected, "{path} {query:?}");
}

#[tokio::test]
async fn filters_find_what_is_true_of_an_entity() {
    // `now()` is a moment that the test sets.
    let client = Client::with(Options {
        clock: TestClock::new(),
        ..Options::default()
    })
    .await;
    for (path, rows) in [
        ("/Users", USERS),
        ("/ServicePrincipals", SERVICE_PRINCIPALS),
        ("/Groups", GROUPS),
    ] {
        for (filter, expected) in rows {
            check(&client, path, &[("$filter", filter), ("$select", "Id")], expected).await;
        }
    }
}

#[tokio::test]
async fn lists_are_sorted_paged_and_searched() {
    let client = Client::start().await;
    for (options, expected) in OPTIONS {
        let options: Vec<(&str, &str)> = options.split('&').filter_map(|option| option.split_once('=')).collect();
        check(&client, "/Users", &options, expected).await;
    }
}

#[tokio::test]
async fn mistakes_in_options_are_told_with_their_place() {
    let client = Client::start().await;
    let rows = [
        (
            "$filter",
            "Nmber eq '1'",
            "Could not find a property named 'Nmber' on type 'Pbx.User' at position 0",
        ),
        (
            "$filter",
            "Number eq 101",
            "incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Int64' for operator kind 'Equal' at position 7",
        ),
        ("$filter", "Number eqq '1'", "not `eqq` at position 7"),
        ("$filter", "Number eq", "not the end at position 9"),
        ("$filter", "Number eq '1", "no closing quote at position 10"),
        ("$filter", "(Id eq 1", "`)` is expected here, not the end at position 8"),
        (
            "$filter",
            "Number",
            "must evaluate to a single boolean value, and this one is 'Edm.String' at position 0",
        ),
        ("$filter", "", "not the end at position 0"),
        ("$filter", "Id eq 1 and", "not the end at position 11"),
        (
            "$filter",
            "Number & 1",
            "the character `&` has no meaning here at position 7",
        ),
        (
            "$filter",
            "contain(Number,'1')",
            "An unknown function with name 'contain' was found at position 0",
        ),
        (
            "$filter",
            "contains(Number)",
            "takes 2 arguments, and here are 1 at position 0",
        ),
        (
            "$filter",
            "contains(Id,'1')",
            "takes Edm.String here, not 'Edm.Int32' at position 9",
        ),
        (
            "$filter",
            "QueueStatus eq 'Sleeping'",
            "'Sleeping' is not a valid enumeration type constant of 'Pbx.QueueStatusType' at position 15",
        ),
        (
            "$filter",
            "QueueStatus eq Pbx.Nothing'x'",
            "there is no enum type named 'Pbx.Nothing' at position 15",
        ),
        (
            "$filter",
            "QueueStatus has 'LoggedIn'",
            "for operator kind 'Has' at position 12",
        ),
        (
            "$filter",
            "Groups/Name eq 'Sales'",
            "cannot follow a collection: use `any` or `all`",
        ),
        (
            "$filter",
            "Groups/any(Name eq 'Sales')",
            "`:` is expected here, not `eq` at position 16",
        ),
        (
            "$filter",
            "Groups/any(g: g/Nmae eq 'Sales')",
            "'Nmae' on type 'Pbx.UserGroup' at position 16",
        ),
        ("$filter", "Groups eq 'Sales'", "incompatible types"),
        (
            "$filter",
            "Number/Length eq 3",
            "'Edm.String' has no properties at position 7",
        ),
        (
            "$filter",
            "not Number",
            "`not` needs a boolean, and this is 'Edm.String' at position 4",
        ),
        ("$filter", "Id eq 2026-13-01", "`2026-13-01` is not a date"),
        ("$filter", "Id eq 12abc", "`12abc` is not a number"),
        ("$filter", "Id in (1 2)", "`,` is expected here, not `2` at position 9"),
        ("$filter", "Enabled add 1 eq 2", "incompatible types"),
        ("$orderby", "Number up", "not `up` at position 7"),
        (
            "$orderby",
            "Number,Nmae desc",
            "'Nmae' on type 'Pbx.User' at position 7",
        ),
        (
            "$select",
            "Number,Nmae",
            "Could not find a property named 'Nmae' on type 'Pbx.User'",
        ),
        ("$expand", "Number", "is not a navigation property"),
        ("$expand", "Grups", "Could not find a property named 'Grups'"),
        (
            "$expand",
            "Groups($filter=Nmae eq 'x')",
            "'Nmae' on type 'Pbx.UserGroup' at position 0",
        ),
        ("$expand", "Groups($select=Name", "has no closing parenthesis"),
        (
            "$top",
            "101",
            "The limit of '100' for Top query has been exceeded. The value from the incoming request is '101'.",
        ),
        ("$top", "-1", "requires a non-negative integer value"),
        ("$top", "ten", "requires a non-negative integer value"),
        ("$skip", "1.5", "requires a non-negative integer value"),
        ("$count", "yes", "Valid values are 'true' and 'false'"),
        ("$search", "\"sales", "no closing quote"),
        ("$apply", "x", "'$apply' is not supported"),
        ("$fliter", "Id eq 1", "'$fliter' is not supported"),
    ];
    for (option, value, expected) in rows {
        let (status, body) = client.query("/Users", &[(option, value)]).await;
        let message = body["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(
            (status, body["error"]["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("InvalidQueryOption")),
            "{option}={value}"
        );
        assert!(message.contains(expected), "{option}={value}: {message}");
        assert!(
            body["error"]["target"]
                .as_str()
                .is_some_and(|target| target.starts_with('$')),
            "{body}"
        );
    }
    let (status, _) = client.query("/Users", &[("$top", "1"), ("$top", "2")]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, body) = client.query("/Users(1)", &[("$filter", "Id eq 1")]).await;
    assert_eq!(
        (status, &body["error"]["target"]),
        (StatusCode::BAD_REQUEST, &json!("$filter"))
    );
    // Elsewhere a page may be larger.
    assert_eq!(client.query("/Groups", &[("$top", "500")]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_list_is_counted() {
    let client = Client::start().await;
    let body = client
        .read("/Users?$count=true&$top=2&$select=Id&$filter=Enabled%20eq%20false")
        .await;
    assert_eq!(
        (&body["@odata.count"], body["value"].as_array().map(Vec::len)),
        (&json!(3), Some(2))
    );
    let context = body["@odata.context"].as_str().unwrap_or_default();
    assert_eq!(context, format!("{}/xapi/v1/$metadata#Users(Id)", client.sandbox.url()));
    assert!(
        client
            .read("/Users?$count=false&$top=1")
            .await
            .get("@odata.count")
            .is_none()
    );
    for (path, expected) in [
        ("/Users/$count", 30),
        ("/Users/$count?$filter=Id%20le%204", 4),
        ("/Users(1)/Groups/$count", 2),
        ("/Groups(3)/Members/$count", 9),
    ] {
        assert_eq!(client.read(path).await, json!(expected), "{path}");
    }
}

#[tokio::test]
async fn what_is_selected_and_expanded_is_answered() {
    let client = Client::start().await;
    let tag = |body: &Value| body["@odata.etag"].clone();
    let rows = [
        ("/Users(3)?$select=Number", json!({"Number": "101"})),
        (
            "/Users(3)?$select=Number,Hours/Type",
            json!({"Number": "101", "Hours": {"Type": "OfficeHours"}}),
        ),
        (
            "/Users(3)?$select=Id&$expand=Groups($select=Name)",
            json!({"Id": 3, "Groups": [{"Name": "Sales"}, {"Name": "__DEFAULT__"}]}),
        ),
        (
            "/Users(3)?$select=Id&$expand=Groups($select=GroupId;$expand=Rights($select=RoleName);$filter=GroupId%20eq%203)",
            json!({"Id": 3, "Groups": [{"GroupId": 3, "Rights": {"RoleName": "managers"}}]}),
        ),
        (
            "/Users(3)?$select=Id&$expand=Groups($select=Name;$orderby=GroupId;$top=1;$count=true),Phones",
            json!({"Id": 3, "Groups@odata.count": 2, "Groups": [{"Name": "__DEFAULT__"}], "Phones": []}),
        ),
        (
            "/Users(3)?$select=Id&$expand=ForwardingProfiles($filter=contains(Name,'of;fice')%20or%20Id%20eq%202;$select=Name)",
            json!({"Id": 3, "ForwardingProfiles": [{"Name": "Away"}]}),
        ),
    ];
    for (path, mut expected) in rows {
        let mut body = client.read(path).await;
        expected["@odata.etag"] = tag(&body);
        body.as_object_mut().map(|body| body.remove("@odata.context"));
        assert_eq!(body, expected, "{path}");
    }
    let whole = client.read("/Users(3)").await;
    assert!(whole.get("Groups").is_none() && whole.get("Hours").is_some());
    let everything = client.read("/Users(3)?$expand=*").await;
    assert!(
        [
            "Groups",
            "ForwardingProfiles",
            "Greetings",
            "Phones",
            "ForwardingExceptions"
        ]
        .iter()
        .all(|name| everything[name].is_array())
    );
}
