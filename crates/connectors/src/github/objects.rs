//! The objects of GitHub's REST API and webhooks, as far as we read them.
//!
//! Owns: names and types of fields (REST description 2022-11-28, webhooks of 2026). Must not know
//! what they mean to us. Every enum is read as text: the descriptions are wrong in places.

use std::borrow::Cow;

use crate::json::{Flag, Int, Lenient, List, Text, Time, object};

object! {'de:
    /// A person, bot or organisation.
    Account {
        login: Text<'de>,
        kind as "type": Text<'de>,
    }
    /// A repository.
    Repository {
        full_name: Text<'de>,
        pushed_at: Time,
    }
    /// A GitHub App.
    App {
        slug: Text<'de>,
    }
    /// A pull request as runs and checks mention it.
    PullRef {
        number: Int,
        base: Lenient<Branch<'de>>,
    }
    /// One end of a pull request.
    Branch {
        git_ref as "ref": Text<'de>,
        sha: Text<'de>,
        repo: Lenient<Repository<'de>>,
    }
    /// A workflow run; of all attempts only the one that it names.
    Run {
        id: Int,
        name: Text<'de>,
        path: Text<'de>,
        head_branch: Text<'de>,
        head_sha: Text<'de>,
        event: Text<'de>,
        status: Text<'de>,
        conclusion: Text<'de>,
        run_attempt: Int,
        html_url: Text<'de>,
        url: Text<'de>,
        created_at: Time,
        run_started_at: Time,
        updated_at: Time,
        actor: Lenient<Account<'de>>,
        triggering_actor: Lenient<Account<'de>>,
        pull_requests: List<PullRef<'de>>,
        repository: Lenient<Repository<'de>>,
    }
    /// A job of a workflow run.
    Job {
        id: Int,
        run_id: Int,
        run_attempt: Int,
        workflow_name: Text<'de>,
        head_sha: Text<'de>,
        name: Text<'de>,
        status: Text<'de>,
        conclusion: Text<'de>,
        created_at: Time,
        started_at: Time,
        completed_at: Time,
        html_url: Text<'de>,
        url: Text<'de>,
        run_url: Text<'de>,
        labels: List<Cow<'de, str>>,
        runner_name: Text<'de>,
        runner_group_name: Text<'de>,
        steps: List<Step<'de>>,
    }
    /// A step of a job.
    Step {
        number: Int,
        name: Text<'de>,
        status: Text<'de>,
        conclusion: Text<'de>,
        started_at: Time,
        completed_at: Time,
    }
    /// A pull request.
    PullRequest {
        id: Int,
        number: Int,
        state: Text<'de>,
        title: Text<'de>,
        body: Text<'de>,
        draft: Flag,
        user: Lenient<Account<'de>>,
        created_at: Time,
        updated_at: Time,
        closed_at: Time,
        merged_at: Time,
        merged: Flag,
        merge_commit_sha: Text<'de>,
        head: Lenient<Branch<'de>>,
        base: Lenient<Branch<'de>>,
        additions: Int,
        deletions: Int,
        changed_files: Int,
        html_url: Text<'de>,
        url: Text<'de>,
    }
    /// A review of a pull request.
    Review {
        id: Int,
        user: Lenient<Account<'de>>,
        state: Text<'de>,
        submitted_at: Time,
        commit_id: Text<'de>,
        html_url: Text<'de>,
        pull_request_url: Text<'de>,
    }
    /// An entry of a timeline.
    IssueEvent {
        id: Int,
        event: Text<'de>,
        created_at: Time,
        actor: Lenient<Account<'de>>,
        issue: Lenient<Issue<'de>>,
        url: Text<'de>,
    }
    /// The issue that an event belongs to.
    Issue {
        number: Int,
        url: Text<'de>,
    }
    /// A deployment.
    Deployment {
        id: Int,
        sha: Text<'de>,
        git_ref as "ref": Text<'de>,
        task: Text<'de>,
        environment: Text<'de>,
        production_environment: Flag,
        created_at: Time,
        updated_at: Time,
        url: Text<'de>,
        repository_url: Text<'de>,
        statuses: List<DeploymentStatus<'de>>,
    }
    /// A state that a deployment reached.
    DeploymentStatus {
        id: Int,
        state: Text<'de>,
        environment: Text<'de>,
        created_at: Time,
        updated_at: Time,
        log_url: Text<'de>,
        target_url: Text<'de>,
        url: Text<'de>,
        deployment_url: Text<'de>,
    }
    /// A job as a deployment review mentions it.
    JobRun {
        id: Int,
        environment: Text<'de>,
        created_at: Time,
        updated_at: Time,
        html_url: Text<'de>,
    }
    /// A published release.
    Release {
        id: Int,
        tag_name: Text<'de>,
        target_commitish: Text<'de>,
        draft: Flag,
        prerelease: Flag,
        published_at: Time,
        updated_at: Time,
        html_url: Text<'de>,
        url: Text<'de>,
    }
    /// A check run.
    CheckRun {
        id: Int,
        name: Text<'de>,
        head_sha: Text<'de>,
        status: Text<'de>,
        conclusion: Text<'de>,
        started_at: Time,
        completed_at: Time,
        html_url: Text<'de>,
        url: Text<'de>,
        app: Lenient<App<'de>>,
        pull_requests: List<PullRef<'de>>,
    }
    /// A commit status; `sha` only in webhooks and combined statuses.
    CommitStatus {
        id: Int,
        sha: Text<'de>,
        context: Text<'de>,
        state: Text<'de>,
        created_at: Time,
        updated_at: Time,
        target_url: Text<'de>,
        url: Text<'de>,
        creator: Lenient<Account<'de>>,
    }
    /// The statuses of a commit, as one page.
    CombinedStatus {
        sha: Text<'de>,
        statuses: List<CommitStatus<'de>>,
        repository: Lenient<Repository<'de>>,
    }
    /// A group of a merge queue.
    MergeGroup {
        head_sha: Text<'de>,
        head_ref: Text<'de>,
        base_ref: Text<'de>,
        head_commit: Lenient<HeadCommit<'de>>,
    }
    /// The commit at the head.
    HeadCommit {
        id: Text<'de>,
        timestamp: Time,
    }
    /// A push.
    Push {
        git_ref as "ref": Text<'de>,
        before: Text<'de>,
        after: Text<'de>,
        created: Flag,
        deleted: Flag,
        forced: Flag,
        compare: Text<'de>,
    }
    /// The fields of webhook bodies that stand beside the object itself.
    Webhook {
        action: Text<'de>,
        reason: Text<'de>,
        since: Time,
        environment: Text<'de>,
        number: Int,
        sender: Lenient<Account<'de>>,
        approver: Lenient<Account<'de>>,
        requested_reviewer: Lenient<Account<'de>>,
        workflow_job_run: Lenient<JobRun<'de>>,
        workflow_job_runs: List<JobRun<'de>>,
    }
}
