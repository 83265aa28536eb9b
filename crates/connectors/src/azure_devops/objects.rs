//! The objects of Azure DevOps' REST API 7.1 and service hooks, as far as we read them.
//!
//! Owns: names and types of fields. Must not know what they mean to us.

use crate::json::{Flag, Int, Lenient, List, Text, Time, object};

object! {'de:
    /// A build (a run of a pipeline), with what the pull puts into it: `timeline`, `earlier1` to
    /// `earlier3` (timelines of attempts before the last), `approvals`.
    Build {
        id: Int,
        status: Text<'de>,
        result: Text<'de>,
        reason: Text<'de>,
        queue_time as "queueTime": Time,
        start_time as "startTime": Time,
        finish_time as "finishTime": Time,
        changed as "lastChangedDate": Time,
        branch as "sourceBranch": Text<'de>,
        sha as "sourceVersion": Text<'de>,
        definition: Lenient<Named<'de>>,
        project: Lenient<Named<'de>>,
        repository: Lenient<Repository<'de>>,
        requested_for as "requestedFor": Lenient<Identity<'de>>,
        trigger as "triggerInfo": Lenient<Trigger<'de>>,
        links as "_links": Lenient<Links<'de>>,
        timeline: List<TimelineRecord<'de>>,
        earlier1: List<TimelineRecord<'de>>,
        earlier2: List<TimelineRecord<'de>>,
        earlier3: List<TimelineRecord<'de>>,
        approvals: List<Approval<'de>>,
    }
    /// A thing with a name.
    Named {
        name: Text<'de>,
    }
    /// A repository; of Azure, or of another host.
    Repository {
        id: Text<'de>,
        name: Text<'de>,
        kind as "type": Text<'de>,
        project: Lenient<Named<'de>>,
    }
    /// Somebody.
    Identity {
        id: Text<'de>,
        name as "uniqueName": Text<'de>,
        display as "displayName": Text<'de>,
    }
    /// What started a build.
    Trigger {
        pull as "pr.number": Text<'de>,
        sha as "pr.sourceSha": Text<'de>,
    }
    /// Addresses.
    Links {
        web: Lenient<Link<'de>>,
    }
    /// An address.
    Link {
        href: Text<'de>,
    }
    /// A part of a build: stage, phase, job, task, checkpoint.
    TimelineRecord {
        id: Text<'de>,
        parent as "parentId": Text<'de>,
        kind as "type": Text<'de>,
        name: Text<'de>,
        identifier: Text<'de>,
        start as "startTime": Time,
        finish as "finishTime": Time,
        state: Text<'de>,
        result: Text<'de>,
        code as "resultCode": Text<'de>,
        order: Int,
        attempt: Int,
        worker as "workerName": Text<'de>,
        issues: List<Issue<'de>>,
        task: Lenient<Named<'de>>,
    }
    /// An error or a warning.
    Issue {
        kind as "type": Text<'de>,
        message: Text<'de>,
    }
    /// An approval check.
    Approval {
        id: Text<'de>,
        status: Text<'de>,
        created as "createdOn": Time,
        modified as "lastModifiedOn": Time,
        steps: List<ApprovalStep<'de>>,
    }
    /// The answer of one approver.
    ApprovalStep {
        actual as "actualApprover": Lenient<Identity<'de>>,
        status: Text<'de>,
        initiated as "initiatedOn": Time,
        modified as "lastModifiedOn": Time,
    }
    /// A pull request, with what the pull puts into it: `threads`.
    PullRequest {
        number as "pullRequestId": Int,
        status: Text<'de>,
        draft as "isDraft": Flag,
        title: Text<'de>,
        description: Text<'de>,
        repository: Lenient<Repository<'de>>,
        author as "createdBy": Lenient<Identity<'de>>,
        created as "creationDate": Time,
        closed as "closedDate": Time,
        target as "targetRefName": Text<'de>,
        head as "lastMergeSourceCommit": Lenient<Commit<'de>>,
        merge as "lastMergeCommit": Lenient<Commit<'de>>,
        url: Text<'de>,
        threads: List<Thread<'de>>,
    }
    /// A commit.
    Commit {
        id as "commitId": Text<'de>,
    }
    /// A thread of comments; what the system says is one too.
    Thread {
        id: Int,
        published as "publishedDate": Time,
        properties: Lenient<Properties<'de>>,
        comments: List<Comment<'de>>,
    }
    /// What a thread is.
    Properties {
        kind as "CodeReviewThreadType": Lenient<Wrapped<'de>>,
        vote as "CodeReviewVoteResult": Lenient<Wrapped<'de>>,
    }
    /// A value with its type.
    Wrapped {
        value as "$value": Text<'de>,
    }
    /// A comment.
    Comment {
        author: Lenient<Identity<'de>>,
        kind as "commentType": Text<'de>,
        published as "publishedDate": Time,
    }
    /// An environment, with what the pull puts into it: `records`.
    Environment {
        id: Int,
        name: Text<'de>,
        project: Lenient<Named<'de>>,
        records: List<DeploymentRecord<'de>>,
    }
    /// A deployment to an environment, with what the pull puts into it: `build`.
    DeploymentRecord {
        id: Int,
        stage as "stageName": Text<'de>,
        stage_attempt as "stageAttempt": Int,
        result: Text<'de>,
        queued as "queueTime": Time,
        started as "startTime": Time,
        finished as "finishTime": Time,
        owner: Lenient<Owner<'de>>,
        build: Lenient<Build<'de>>,
    }
    /// The build that deployed.
    Owner {
        id: Int,
        name: Text<'de>,
    }
    /// A service hook.
    Hook {
        event as "eventType": Text<'de>,
        created as "createdDate": Time,
    }
    /// What a service hook about an approval carries.
    ApprovalEvent {
        approval: Lenient<Approval<'de>>,
        stage: Lenient<Named<'de>>,
    }
}
