//! The objects of Jenkins' REST API and of its pipeline plugin, as far as we read them.
//!
//! Owns: names and types of fields (core 2.4xx, pipeline-rest-api 2.3x). Must not know what they mean
//! to us. Times and durations are milliseconds.

use std::borrow::Cow;

use crate::json::{Flag, Int, Lenient, List, Millis, Seconds, Shape, Text, object};

object! {'de:
    /// A build, with what the pull puts into it: `wfapi`, `testReport`, `console`.
    Build {
        class as "_class": Text<'de>,
        number: Int,
        url: Text<'de>,
        result: Text<'de>,
        building: Flag,
        timestamp: Lenient<Millis>,
        duration: Int,
        built_on as "builtOn": Text<'de>,
        actions: List<Action<'de>>,
        change_set as "changeSet": Lenient<ChangeSet<'de>>,
        change_sets as "changeSets": List<ChangeSet<'de>>,
        wfapi: Lenient<Describe<'de>>,
        test_report as "testReport": Lenient<TestReport<'de>>,
        console: Text<'de>,
    }
    /// What a plugin says about a build; the fields of all that we read.
    Action {
        class as "_class": Text<'de>,
        causes: List<Cause<'de>>,
        parameters: List<Parameter<'de>>,
        last_built as "lastBuiltRevision": Lenient<Revision<'de>>,
        remotes as "remoteUrls": List<Cow<'de, str>>,
        user as "userId": Text<'de>,
        queuing as "queuingDurationMillis": Int,
        total as "totalCount": Int,
        failed as "failCount": Int,
    }
    /// Why a build was started, or stopped.
    Cause {
        class as "_class": Text<'de>,
        user as "userId": Text<'de>,
    }
    /// A parameter of a build.
    Parameter {
        name: Text<'de>,
        value: Lenient<Word>,
    }
    /// A commit that was checked out.
    Revision {
        sha as "SHA1": Text<'de>,
        branches as "branch": List<Branch<'de>>,
    }
    /// A branch.
    Branch {
        name: Text<'de>,
    }
    /// The commits since the build before.
    ChangeSet {
        items: List<ChangeItem<'de>>,
    }
    /// One of them.
    ChangeItem {
        commit as "commitId": Text<'de>,
    }
    /// `wfapi/describe` of a build.
    Describe {
        status: Text<'de>,
        queued as "queueDurationMillis": Int,
        stages: List<Stage<'de>>,
    }
    /// A stage of a pipeline.
    Stage {
        id: Text<'de>,
        name: Text<'de>,
        node as "execNode": Text<'de>,
        status: Text<'de>,
        error: Lenient<Error<'de>>,
        started as "startTimeMillis": Lenient<Millis>,
        duration as "durationMillis": Int,
        paused as "pauseDurationMillis": Int,
    }
    /// Why a stage failed.
    Error {
        message: Text<'de>,
        kind as "type": Text<'de>,
    }
    /// `testReport` of a build.
    TestReport {
        suites: List<Suite<'de>>,
    }
    /// A suite of tests.
    Suite {
        name: Text<'de>,
        cases: List<Case<'de>>,
    }
    /// A test case.
    Case {
        class as "className": Text<'de>,
        name: Text<'de>,
        status: Text<'de>,
        duration: Lenient<Seconds>,
        details as "errorDetails": Text<'de>,
    }
}

/// The value of a parameter, whatever its type, as a word.
#[derive(Debug)]
pub(crate) struct Word(pub(crate) String);

impl<'de> Shape<'de> for Word {
    fn from_bool(value: bool) -> Option<Self> {
        Some(Self(value.to_string()))
    }
    fn from_int(value: i64) -> Option<Self> {
        Some(Self(value.to_string()))
    }
    fn from_text(value: Cow<'de, str>) -> Option<Self> {
        Some(Self(value.into_owned()))
    }
}
