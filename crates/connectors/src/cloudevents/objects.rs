//! CloudEvents 1.0 and CDEvents 0.3 to 0.6, as far as we read them.
//!
//! Owns: names and types of fields. One content for all types and versions: their fields agree, apart
//! from `url`, which 0.5 calls `uri`. Must not know what they mean to us.

use crate::json::{Int, Lenient, Text, Time, object};

object! {'de:
    /// The attributes of a CloudEvent that we read.
    CloudEvent {
        id: Text<'de>,
        source: Text<'de>,
        kind as "type": Text<'de>,
        time: Time,
    }
    /// A CDEvent.
    CdEvent {
        context: Lenient<Context<'de>>,
        subject: Lenient<Subject<'de>>,
        custom as "customData": Lenient<Custom<'de>>,
    }
    /// What all CDEvents say of themselves.
    Context {
        id: Text<'de>,
        source: Text<'de>,
        kind as "type": Text<'de>,
        timestamp: Time,
    }
    /// What it happened to.
    Subject {
        id: Text<'de>,
        source: Text<'de>,
        content: Lenient<Content<'de>>,
    }
    /// Something that is named elsewhere.
    Reference {
        id: Text<'de>,
        name: Text<'de>,
    }
    /// What the types of events say, each some of it.
    Content {
        approval_details_url as "approvalDetailsUrl": Text<'de>,
        artifact_id as "artifactId": Text<'de>,
        decision: Text<'de>,
        description: Text<'de>,
        environment: Lenient<Reference<'de>>,
        errors: Text<'de>,
        outcome: Text<'de>,
        pipeline_name as "pipelineName": Text<'de>,
        pipeline_run as "pipelineRun": Lenient<Reference<'de>>,
        reason: Text<'de>,
        repository: Lenient<Reference<'de>>,
        resource_target_url as "resourceTargetUrl": Text<'de>,
        responder: Text<'de>,
        service: Lenient<Reference<'de>>,
        severity: Text<'de>,
        status: Text<'de>,
        task_name as "taskName": Text<'de>,
        test_case as "testCase": Lenient<Reference<'de>>,
        test_suite as "testSuite": Lenient<Reference<'de>>,
        test_suite_run as "testSuiteRun": Lenient<Reference<'de>>,
        ticket_uri as "ticketURI": Text<'de>,
        uri: Text<'de>,
        url: Text<'de>,
    }
    /// The part of `customData` that is meant for us.
    Custom {
        aftercast: Lenient<Extra<'de>>,
    }
    /// What CDEvents cannot say and a producer may add: then one event is a whole row.
    Extra {
        asked_at: Time,
        attempt: Int,
        change: Int,
        detected_at: Time,
        gate: Text<'de>,
        opened_at: Time,
        queued_at: Time,
        git_ref as "ref": Text<'de>,
        repo: Text<'de>,
        run_id: Text<'de>,
        service: Text<'de>,
        sha: Text<'de>,
        started_at: Time,
        version: Text<'de>,
    }
}
