//! The objects of GitLab's REST API, its GraphQL answer about manual jobs, and its webhooks, as far
//! as we read them.
//!
//! Owns: names and types of fields (API version 4, webhooks of GitLab 18). Must not know what they
//! mean to us. Every enum is read as text.

use std::borrow::Cow;

use crate::json::{Flag, Int, Lenient, List, Seconds, Text, Time, object};

object! {'de:
    /// A person or program.
    User {
        id: Int,
        username: Text<'de>,
        bot: Flag,
    }
    /// A project, as webhooks name it.
    Project {
        id: Int,
        path_with_namespace: Text<'de>,
        web_url: Text<'de>,
    }
    /// The settings of a project that are gates.
    ProjectSettings {
        id: Int,
        path_with_namespace: Text<'de>,
        web_url: Text<'de>,
        updated_at: Time,
        only_allow_merge_if_pipeline_succeeds: Flag,
        allow_merge_on_skipped_pipeline: Flag,
        only_allow_merge_if_all_discussions_are_resolved: Flag,
    }
    /// A pipeline; the fields behind `web_url` are details that were attached.
    Pipeline {
        id: Int,
        name: Text<'de>,
        sha: Text<'de>,
        git_ref as "ref": Text<'de>,
        status: Text<'de>,
        source: Text<'de>,
        created_at: Time,
        updated_at: Time,
        started_at: Time,
        finished_at: Time,
        user: Lenient<User<'de>>,
        web_url: Text<'de>,
        whole: Lenient<WholePipeline<'de>>,
        jobs: List<Job<'de>>,
        bridges: List<Job<'de>>,
        by_hand: Lenient<ByHand<'de>>,
        tests: Lenient<TestReport<'de>>,
    }
    /// What only the pipeline alone tells, not the list of pipelines.
    WholePipeline {
        name: Text<'de>,
        status: Text<'de>,
        updated_at: Time,
        started_at: Time,
        finished_at: Time,
        user: Lenient<User<'de>>,
    }
    /// A job or trigger job.
    Job {
        id: Int,
        name: Text<'de>,
        stage: Text<'de>,
        status: Text<'de>,
        git_ref as "ref": Text<'de>,
        created_at: Time,
        started_at: Time,
        finished_at: Time,
        queued_duration: Lenient<Seconds>,
        allow_failure: Flag,
        failure_reason: Text<'de>,
        manual: Flag,
        web_url: Text<'de>,
        user: Lenient<User<'de>>,
        runner: Lenient<Runner<'de>>,
        tag_list: List<Cow<'de, str>>,
        pipeline: Lenient<PipelineRef<'de>>,
        log: Text<'de>,
    }
    /// The pipeline of a job.
    PipelineRef {
        id: Int,
        sha: Text<'de>,
        git_ref as "ref": Text<'de>,
    }
    /// What runs jobs.
    Runner {
        description: Text<'de>,
        tags: List<Cow<'de, str>>,
    }
    /// The answer of GraphQL about jobs that a person starts.
    ByHand {
        nodes: List<ByHandJob<'de>>,
    }
    /// A job that a person starts.
    ByHandJob {
        id: Text<'de>,
    }
    /// A report of the tests of a pipeline.
    TestReport {
        test_suites: List<TestSuite<'de>>,
    }
    /// The tests of a job.
    TestSuite {
        name: Text<'de>,
        total_count: Int,
        test_cases: List<TestCase<'de>>,
    }
    /// A test.
    TestCase {
        status: Text<'de>,
        name: Text<'de>,
        classname: Text<'de>,
        execution_time: Lenient<Seconds>,
        system_output: Text<'de>,
        stack_trace: Text<'de>,
    }
    /// A merge request; the fields behind `references` are details that were attached.
    MergeRequest {
        id: Int,
        iid: Int,
        state: Text<'de>,
        title: Text<'de>,
        description: Text<'de>,
        draft: Flag,
        author: Lenient<User<'de>>,
        author_id: Int,
        created_at: Time,
        updated_at: Time,
        merged_at: Time,
        closed_at: Time,
        sha: Text<'de>,
        merge_commit_sha: Text<'de>,
        squash_commit_sha: Text<'de>,
        last_commit: Lenient<Commit<'de>>,
        target_branch: Text<'de>,
        web_url: Text<'de>,
        url: Text<'de>,
        action: Text<'de>,
        references: Lenient<References<'de>>,
        approvals: Lenient<Approvals<'de>>,
        notes: List<Note<'de>>,
    }
    /// A commit.
    Commit {
        id: Text<'de>,
    }
    /// How a thing is referred to.
    References {
        full: Text<'de>,
    }
    /// Who approved a merge request.
    Approvals {
        approved_by: List<Approval<'de>>,
    }
    /// An approval.
    Approval {
        user: Lenient<User<'de>>,
        approved_at: Time,
        status: Text<'de>,
        created_at: Time,
    }
    /// A comment, or what GitLab writes for what happened.
    Note {
        id: Int,
        body: Text<'de>,
        author: Lenient<User<'de>>,
        created_at: Time,
        system: Flag,
    }
    /// A deployment; the fields behind `pending_approval_count` are details that were attached.
    Deployment {
        id: Int,
        sha: Text<'de>,
        git_ref as "ref": Text<'de>,
        status: Text<'de>,
        created_at: Time,
        updated_at: Time,
        finished_at: Time,
        environment: Lenient<Environment<'de>>,
        deployable: Lenient<Job<'de>>,
        approvals: List<Approval<'de>>,
        pending_approval_count: Int,
        whole: Lenient<WholeDeployment<'de>>,
        jobs: List<Job<'de>>,
        tier: Lenient<Environment<'de>>,
    }
    /// What only the deployment alone tells.
    WholeDeployment {
        approvals: List<Approval<'de>>,
        pending_approval_count: Int,
        approval_summary: Lenient<ApprovalSummary<'de>>,
    }
    /// The approvals of a deployment by rule.
    ApprovalSummary {
        rules: List<ApprovalSummaryRule<'de>>,
    }
    /// The approvals by one rule.
    ApprovalSummaryRule {
        deployment_approvals: List<Approval<'de>>,
    }
    /// An environment.
    Environment {
        id: Int,
        name: Text<'de>,
        tier: Text<'de>,
    }
    /// A webhook about a deployment.
    DeploymentHook {
        deployment_id: Int,
        status: Text<'de>,
        status_changed_at: Time,
        deployable_url: Text<'de>,
        environment: Text<'de>,
        environment_tier: Text<'de>,
        short_sha: Text<'de>,
        commit_url: Text<'de>,
    }
    /// A webhook about a job.
    JobHook {
        git_ref as "ref": Text<'de>,
        sha: Text<'de>,
        build_id: Int,
        build_name: Text<'de>,
        build_stage: Text<'de>,
        build_status: Text<'de>,
        build_created_at: Time,
        build_started_at: Time,
        build_finished_at: Time,
        build_queued_duration: Lenient<Seconds>,
        build_allow_failure: Flag,
        build_failure_reason: Text<'de>,
        retries_count: Int,
        pipeline_id: Int,
        runner: Lenient<Runner<'de>>,
        user: Lenient<User<'de>>,
    }
    /// A webhook about a pipeline.
    PipelineHook {
        object_attributes: Lenient<PipelineAttributes<'de>>,
        merge_request: Lenient<MergeRequest<'de>>,
        user: Lenient<User<'de>>,
        builds: List<Job<'de>>,
    }
    /// The pipeline in its webhook.
    PipelineAttributes {
        id: Int,
        name: Text<'de>,
        git_ref as "ref": Text<'de>,
        sha: Text<'de>,
        source: Text<'de>,
        status: Text<'de>,
        created_at: Time,
        finished_at: Time,
        queued_duration: Lenient<Seconds>,
        url: Text<'de>,
    }
    /// A webhook about a merge request.
    MergeRequestHook {
        object_attributes: Lenient<MergeRequest<'de>>,
        user: Lenient<User<'de>>,
    }
    /// A release, by REST and by webhook.
    Release {
        tag_name: Text<'de>,
        tag: Text<'de>,
        created_at: Time,
        released_at: Time,
        upcoming_release: Flag,
        commit: Lenient<Commit<'de>>,
        links as "_links": Lenient<Links<'de>>,
        url: Text<'de>,
        action: Text<'de>,
    }
    /// Addresses of a release.
    Links {
        own as "self": Text<'de>,
    }
    /// An environment that only some may deploy to.
    ProtectedEnvironment {
        name: Text<'de>,
        required_approval_count: Int,
        approval_rules: List<ApprovalRule<'de>>,
    }
    /// A rule about approvals, of an environment or of merge requests.
    ApprovalRule {
        id: Int,
        name: Text<'de>,
        required_approvals: Int,
        approvals_required: Int,
        applies_to_all_protected_branches: Flag,
        protected_branches: List<Named<'de>>,
    }
    /// Something with a name.
    Named {
        name: Text<'de>,
    }
    /// A branch that only some may change.
    ProtectedBranch {
        id: Int,
        name: Text<'de>,
        push_access_levels: List<AccessLevel<'de>>,
        code_owner_approval_required: Flag,
    }
    /// Who may do something; 0 is nobody.
    AccessLevel {
        access_level: Int,
        user_id: Int,
        group_id: Int,
        deploy_key_id: Int,
        access_level_description: Text<'de>,
    }
    /// A check that another system answers.
    StatusCheck {
        id: Int,
        name: Text<'de>,
        protected_branches: List<Named<'de>>,
    }
    /// A time in which nothing may be deployed.
    FreezePeriod {
        id: Int,
        freeze_start: Text<'de>,
        freeze_end: Text<'de>,
        cron_timezone: Text<'de>,
        updated_at: Time,
    }
    /// A switch in the product.
    FeatureFlag {
        name: Text<'de>,
        active: Flag,
        updated_at: Time,
    }
}
