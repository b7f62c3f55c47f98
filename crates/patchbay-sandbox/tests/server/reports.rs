//! The reports, each made from the calls of `reports.json` or from what its `reports` tell.

use patchbay_sandbox::{Options, Seed, Version};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Client;

/// The day of all calls but the last.
const PERIOD: &str = "periodFrom=2026-03-02T00:00:00Z,periodTo=2026-03-02T23:59:59Z";
const DATES: &str = "startDt=2026-03-02T00:00:00Z,endDt=2026-03-02T23:59:59Z";

async fn client() -> Client {
    let seed = Seed::from_json(include_str!("reports.json"), Version::default()).expect("a seed");
    Client::with(Options {
        seed,
        ..Options::default()
    })
    .await
}

/// Checks that a report has these lines, with at least these properties.
async fn check(client: &Client, path: &str, expected: Value) {
    let answer = client.read(path).await;
    let lines = answer["value"].as_array().map_or(&[][..], Vec::as_slice);
    let expected = expected.as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(lines.len(), expected.len(), "{path}: {answer}");
    for (line, expected) in lines.iter().zip(expected) {
        for (name, value) in expected.as_object().into_iter().flatten() {
            assert_eq!(&line[name], value, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn queues_and_their_agents() {
    let client = client().await;
    let rows = [
        (
            format!(
                "/ReportTeamQueueGeneralStatistics/Pbx.GetTeamQueueGeneralStatisticsData(queueDnStr=null,{DATES},waitInterval='0:00:5')"
            ),
            json!([
                {"QueueDnNumber": "800", "Dn": "Sales", "AgentsInQueueCount": 2, "ReceivedCount": 3, "AnsweredCount": 2, "TotalTalkTime": "PT5M", "AvgTalkTime": "PT2M30S"},
                {"QueueDnNumber": "801", "Dn": "Support", "AgentsInQueueCount": 0, "ReceivedCount": 0, "AvgTalkTime": "PT0S"}
            ]),
        ),
        (
            format!(
                "/ReportDetailedQueueStatistics/Pbx.GetDetailedQueueStatisticsData(queueDnStr='800',{DATES},waitInterval=null)"
            ),
            json!([{"QueueDnNumber": "800", "CallsCount": 4, "AnsweredCount": 2, "RingTime": "PT40S", "AvgRingTime": "PT20S", "TalkTime": "PT5M", "CallbacksCount": 2}]),
        ),
        (
            format!("/ReportStatisticSla/Pbx.GetStatisticSlaData(queueDnStr='800,801',{DATES},waitInterval='5')"),
            json!([{"QueueDnNumber": "800", "ReceivedCount": 3, "BadSlaCallsCount": 2}, {"QueueDnNumber": "801", "BadSlaCallsCount": 0}]),
        ),
        (
            format!("/ReportBreachesSla/Pbx.GetBreachesSlaData(queueDnStr=null,{DATES},waitInterval=null)"),
            json!([{"Queue": "Sales", "CallerId": "+49402", "WaitingTime": "PT30S"}, {"CallerId": "+49403", "WaitingTime": "PT50S"}]),
        ),
        (
            format!(
                "/ReportAgentsInQueueStatistics/Pbx.GetAgentsInQueueStatisticsData(queueDnStr='800',{DATES},waitInterval='PT5S')"
            ),
            json!([
                {"Queue": "800", "Dn": "101", "AnsweredCount": 2, "LostCount": 0, "AnsweredPercent": 100, "LoggedInTime": "PT30M", "AnsweredPerHourCount": 4, "AvgRingTime": "PT20S"},
                {"Queue": "800", "Dn": "102", "AnsweredCount": 0, "LostCount": 1, "AnsweredPercent": 0, "LoggedInTime": "PT1H", "AnsweredPerHourCount": 0}
            ]),
        ),
        (
            format!(
                "/ReportQueueAnsweredCallsByWaitTime/Pbx.GetQueueAnsweredCallsByWaitTimeData(queueDnStr='800',{DATES},answerInterval='0:00:30')"
            ),
            json!([{"DnNumber": "800", "Source": "+49402", "Destination": "101", "AnsweredTime": "2026-03-02T08:50:30Z", "RingTime": "PT30S"}]),
        ),
        (
            format!(
                "/ReportAbandonedQueueCalls/Pbx.GetAbandonedQueueCallsData({PERIOD},queueDns='800',waitInterval='0:00:5')"
            ),
            json!([{"CallerId": "+49403", "WaitTime": "PT50S"}]),
        ),
        (
            format!(
                "/ReportQueuePerformanceOverview/Pbx.GetQueuePerformanceOverviewData({PERIOD},queueDns='800',waitInterval='0:00:5')"
            ),
            json!([
                {"QueueDn": "800", "ExtensionDn": "101", "QueueReceivedCount": 3, "QueueAnsweredCount": 2, "ExtensionAnsweredCount": 2, "ExtensionDroppedCount": 0, "TalkTime": "PT5M"},
                {"QueueDn": "800", "ExtensionDn": "102", "QueueReceivedCount": 3, "ExtensionAnsweredCount": 0, "ExtensionDroppedCount": 1, "TalkTime": "PT0S"}
            ]),
        ),
        (
            format!(
                "/ReportQueuePerformanceTotals/Pbx.GetQueuePerformanceTotalsData({PERIOD},queueDns=null,waitInterval='0:00:0')"
            ),
            json!([{"QueueDn": "800", "QueueReceivedCount": 4, "ExtensionAnsweredCount": 2, "ExtensionDroppedCount": 2}]),
        ),
        (
            format!(
                "/ReportExtensionsStatisticsByRingGroups/Pbx.GetExtensionsStatisticsByRingGroupsData({PERIOD},ringGroupDns='810')"
            ),
            json!([{"RingGroupDn": "810", "RingGroupDisplayName": "Store", "ExtensionDn": "103", "ExtensionAnsweredCount": 1}]),
        ),
    ];
    for (path, expected) in rows {
        check(&client, &path, expected).await;
    }
    let path = format!("/ReportStatisticSla/Pbx.DownloadStatisticSla(queueDnStr='800',{DATES},waitInterval='5')");
    let response = client.request(Method::GET, &path).send().await.expect("an answer");
    let text = response.text().await.expect("text");
    assert_eq!(
        text,
        "BadSlaCallsCount,Dn,QueueDnNumber,ReceivedCount\r\n2,Sales,800,3\r\n"
    );
}

fn chart(report: &str, by: &str, zone: &str) -> String {
    format!(
        "/Report{report}/Pbx.Get{report}Data(chartDate=2026-03-02T12:00:00Z,chartBy='{by}',queueDnStr='800',waitInterval='0:00:5',\
         clientTimeZone={zone})"
    )
}

/// A report by extension and time, of the calls through queues too or not.
fn timed(report: &str, who: &str, through_queues: bool, area: i64, grouping: i64) -> String {
    format!(
        "/Report{report}/Pbx.Get{report}(clientTimeZone=null,{PERIOD},{who},waitInterval=null,includeQueueCalls={through_queues},\
         callArea={area},groupingType={grouping})"
    )
}

#[tokio::test]
async fn charts_have_a_line_for_each_hour_day_or_month() {
    let client = client().await;
    for (by, expected) in [("hour", 24), ("Day", 31), ("month", 12)] {
        let path = chart("QueueAnUnCalls", by, "null") + "?$count=true&$top=1";
        assert_eq!(client.read(&path).await["@odata.count"], expected, "{by}");
    }
    let some = "?$filter=YValue1%20gt%200%20or%20YValue2%20gt%200";
    let calls = "?$filter=IncomingCount%20gt%200%20or%20OutgoingCount%20gt%200";
    let (first, second) = (
        "groupNumber=null,extensionDns='101'",
        "groupNumber=null,extensionDns='102'",
    );
    let rows = [
        (
            chart("QueueAnUnCalls", "hour", "'%2B05:30'") + some,
            json!([
                {"XValue": "2026-03-02T07:30:00Z", "YValue1": 1, "YValue2": 0},
                {"XValue": "2026-03-02T08:30:00Z", "YValue1": 1, "YValue2": 1}
            ]),
        ),
        (
            chart("AverageQueueWaitingTime", "day", "'Europe/Berlin'") + some,
            json!([{"XValue": "2026-03-01T23:00:00Z", "YValue1": 30}, {"XValue": "2026-03-02T23:00:00Z", "YValue1": 8}]),
        ),
        (
            chart("AverageQueueWaitingTime", "month", "null") + some,
            json!([{"XValue": "2026-03-01T00:00:00Z", "YValue1": 24}]),
        ),
        (
            timed("CallDistribution", first, true, 0, 0) + calls,
            json!([
                {"DateTimeInterval": "2026-03-02T08:00:00Z", "IncomingCount": 2, "OutgoingCount": 0},
                {"DateTimeInterval": "2026-03-02T10:00:00Z", "IncomingCount": 0, "OutgoingCount": 2}
            ]),
        ),
        (
            timed(
                "CallDistribution",
                "groupNumber='GRP0001',extensionDns=null",
                false,
                2,
                1,
            ),
            json!([{"DateTimeInterval": "2026-03-02T00:00:00Z", "IncomingCount": 0, "OutgoingCount": 1}]),
        ),
        (
            timed("UserActivity", second, true, 0, 1),
            json!([{"DateTimeInterval": "2026-03-02T00:00:00Z", "AnsweredCount": 1, "UnansweredCount": 2}]),
        ),
        (
            timed("UserActivity", second, true, 1, 2),
            json!([{"DateTimeInterval": "2026-03-01T00:00:00Z", "AnsweredCount": 1, "UnansweredCount": 0}]),
        ),
    ];
    for (path, expected) in rows {
        check(&client, &path, expected).await;
    }
}

#[tokio::test]
async fn what_no_queue_tells() {
    let client = client().await;
    let rows = [
        (
            format!(
                "/ReportCallCostByExtensionGroup/Pbx.GetCallCostByExtensionGroupData({PERIOD},groupFilter='GRP0001',callClass=0)"
            ),
            json!([{"GroupName": "Desk", "SrcDn": "101", "DstDn": "+493055", "IsAnswered": true, "TalkingDur": "PT1M1S", "BillingCost": 1.0}]),
        ),
        (
            format!(
                "/ReportExtensionStatistics/Pbx.GetExtensionStatisticsData({PERIOD},extensionFilter='102',callArea=1)"
            ),
            json!([{"Dn": "102", "InboundAnsweredCount": 1, "InboundUnansweredCount": 0}]),
        ),
        (
            "/ReportInboundRules/Pbx.GetInboundRulesData()".to_owned(),
            json!([{"RuleName": "Main", "DID": "+49301", "Trunk": "10000"}]),
        ),
    ];
    for (path, expected) in rows {
        check(&client, &path, expected).await;
    }
    let rules = client.read("/ReportInboundRules/Pbx.GetInboundRulesData()").await;
    assert_eq!(rules["value"][0]["OutOfficeRouting"]["To"], "VoiceMail");
}

#[tokio::test]
async fn what_calls_can_not_tell_is_told_by_the_seed() {
    let client = client().await;
    let rows = [
        (
            format!(
                "/ReportAgentLoginHistory/Pbx.GetAgentLoginHistoryData(clientTimeZone=null,{DATES},queueDnStr='800',agentDnStr='101')"
            ),
            json!([{"AgentNo": "101", "LoggedOutDt": "2026-03-02T08:30:00Z"}]),
        ),
        (
            "/ReportAuditLog/Pbx.GetAuditLogData()".to_owned(),
            json!([{"ObjectName": "Queue 800"}]),
        ),
        (
            format!("/ReportQueueCallbacks/Pbx.GetQueueCallbacksData(queueDnStr='800',{DATES})"),
            json!([{"Dn": "Sales", "CallbacksCount": 2}]),
        ),
        (
            format!("/ReportQueueFailedCallbacks/Pbx.GetQueueFailedCallbacksData(queueDnStr=null,{DATES})"),
            json!([{"CallbackNo": "+49403"}]),
        ),
        (
            format!(
                "/ReportQueueChatPerformance/Pbx.GetQueueChatPerformanceData(queueDnStr='800',{DATES},participantType=0)"
            ),
            json!([{"IncomingCount": 5}]),
        ),
        (
            format!(
                "/ReportQueueAgentsChatStatistics/Pbx.GetQueueAgentsChatStatisticsData(queueDnStr='801',{DATES},participantType=0)"
            ),
            json!([]),
        ),
        (
            format!(
                "/ReportQueueAgentsChatStatisticsTotals/Pbx.GetQueueAgentsChatStatisticsTotalsData(queueDnStr=null,{DATES},participantType=0)"
            ),
            json!([{"AnsweredCount": 4}]),
        ),
        (
            format!(
                "/ReportAbandonedChatsStatistics/Pbx.GetAbandonedChatsStatisticsData(queueDnStr='800',{DATES},participantType=0)"
            ),
            json!([{"ChatId": 7}]),
        ),
    ];
    for (path, expected) in rows {
        check(&client, &path, expected).await;
    }
}

#[tokio::test]
async fn arguments_that_can_not_be_read_are_refused() {
    let client = client().await;
    let rows = [
        chart("QueueAnUnCalls", "hour", "'Atlantis'"),
        chart("QueueAnUnCalls", "hour", "'%2B99:00'"),
        chart("QueueAnUnCalls", "hour", "null").replace("0:00:5", "soon"),
        chart("QueueAnUnCalls", "hour", "null").replace("12:00:00Z", "12:00:00"),
    ];
    for path in rows {
        assert_eq!(
            client.refusal(Method::GET, &path, None).await.0,
            StatusCode::BAD_REQUEST,
            "{path}"
        );
    }
}
