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
        jobs: List<Job<'de>>,
        previous: Lenient<Box<Run<'de>>>,
        approvals: List<Approval<'de>>,
        pending: List<PendingDeployment<'de>>,
    }
    /// What a person answered for environments of a run; it has no time.
    Approval {
        state: Text<'de>,
        user: Lenient<Account<'de>>,
        environments: List<Environment<'de>>,
    }
    /// An environment that a run waits for.
    PendingDeployment {
        environment: Lenient<Environment<'de>>,
        wait_timer: Int,
        wait_timer_started_at: Time,
        reviewers: List<Reviewer<'de>>,
    }
    /// A person or team that may answer.
    Reviewer {
        kind as "type": Text<'de>,
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
        annotations: List<Annotation<'de>>,
        log: Text<'de>,
    }
    /// What a job said about itself.
    Annotation {
        annotation_level: Text<'de>,
        title: Text<'de>,
        message: Text<'de>,
        path: Text<'de>,
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
        complete: Lenient<Box<PullRequest<'de>>>,
        reviews: List<Review<'de>>,
        timeline: List<IssueEvent<'de>>,
        check_runs: List<CheckRun<'de>>,
        statuses: List<CommitStatus<'de>>,
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
        requested_reviewer: Lenient<Account<'de>>,
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
        job: Lenient<Job<'de>>,
        approvals: List<Approval<'de>>,
        protection: Lenient<Environment<'de>>,
        check_runs: List<CheckRun<'de>>,
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
    /// An environment, and what protects it.
    Environment {
        name: Text<'de>,
        can_admins_bypass: Flag,
        updated_at: Time,
        url: Text<'de>,
        html_url: Text<'de>,
        protection_rules: List<ProtectionRule<'de>>,
    }
    /// One thing that protects an environment; `wait_timer` in minutes.
    ProtectionRule {
        id: Int,
        kind as "type": Text<'de>,
        wait_timer: Int,
        reviewers: List<Reviewer<'de>>,
        app: Lenient<App<'de>>,
    }
    /// A repository with its gates inside.
    Guarded {
        full_name: Text<'de>,
        default_branch: Text<'de>,
        html_url: Text<'de>,
        rules: List<Rule<'de>>,
        rulesets: List<Ruleset<'de>>,
        protection: Lenient<Protection<'de>>,
        environments: List<Environment<'de>>,
    }
    /// A rule of a ruleset.
    Rule {
        kind as "type": Text<'de>,
        ruleset_id: Int,
        ruleset_source: Text<'de>,
        ruleset_source_type: Text<'de>,
        parameters: Lenient<Parameters<'de>>,
    }
    /// What a rule asks for; each kind of rule fills its own.
    Parameters {
        required_approving_review_count: Int,
        required_status_checks: List<RequiredCheck<'de>>,
        required_deployment_environments: List<Cow<'de, str>>,
        min_entries_to_merge_wait_minutes: Int,
        code_scanning_tools: List<Tool<'de>>,
        workflows: List<RequiredWorkflow<'de>>,
    }
    /// A check that must pass.
    RequiredCheck {
        context: Text<'de>,
    }
    /// A tool whose alerts hold back.
    Tool {
        tool: Text<'de>,
        name: Text<'de>,
    }
    /// A workflow that must pass.
    RequiredWorkflow {
        path: Text<'de>,
    }
    /// A ruleset; as an item of a list without its rules, which are in `full`.
    Ruleset {
        id: Int,
        target: Text<'de>,
        source_type: Text<'de>,
        source: Text<'de>,
        enforcement: Text<'de>,
        bypass_actors: List<Reviewer<'de>>,
        conditions: Lenient<Conditions<'de>>,
        rules: List<Rule<'de>>,
        updated_at: Time,
        links as "_links": Lenient<Links<'de>>,
        full: Lenient<Box<Ruleset<'de>>>,
    }
    /// What a ruleset applies to.
    Conditions {
        ref_name: Lenient<RefNames<'de>>,
    }
    /// Patterns of refs.
    RefNames {
        include: List<Cow<'de, str>>,
    }
    /// Addresses of an object.
    Links {
        html: Lenient<Link<'de>>,
    }
    /// An address.
    Link {
        href: Text<'de>,
    }
    /// The older kind of protection of a branch.
    Protection {
        required_status_checks: Lenient<RequiredChecks<'de>>,
        required_pull_request_reviews: Lenient<Parameters<'de>>,
        enforce_admins: Lenient<Switch<'de>>,
    }
    /// The checks that a protected branch requires.
    RequiredChecks {
        checks: List<RequiredCheck<'de>>,
        contexts: List<Cow<'de, str>>,
    }
    /// Something that is on or off.
    Switch {
        url: Text<'de>,
        enabled: Flag,
    }
    /// How the rules judged one push or merge.
    RuleSuite {
        id: Int,
        actor_name: Text<'de>,
        after_sha: Text<'de>,
        git_ref as "ref": Text<'de>,
        pushed_at: Time,
        result: Text<'de>,
        rule_evaluations: List<RuleEvaluation<'de>>,
        whole: Lenient<Box<RuleSuite<'de>>>,
    }
    /// How one rule judged.
    RuleEvaluation {
        rule_source: Lenient<RuleSource<'de>>,
        enforcement: Text<'de>,
        result: Text<'de>,
        rule_type: Text<'de>,
    }
    /// The ruleset that a rule is of.
    RuleSource {
        kind as "type": Text<'de>,
        id: Int,
    }
    /// One run of a code scanner over a commit.
    Analysis {
        id: Int,
        git_ref as "ref": Text<'de>,
        commit_sha: Text<'de>,
        category: Text<'de>,
        error: Text<'de>,
        created_at: Time,
        results_count: Int,
        rules_count: Int,
        url: Text<'de>,
        tool: Lenient<Tool<'de>>,
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
