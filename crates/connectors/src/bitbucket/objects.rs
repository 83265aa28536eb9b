//! The objects of Bitbucket Cloud's API (2.0) and webhooks, as far as we read them.
//!
//! Owns: names and types of fields. Must not know what they mean to us. Every enum is read as text.

use crate::json::{Flag, Int, Lenient, List, Text, Time, object};

object! {'de:
    /// A person, app or workspace.
    Account {
        kind as "type": Text<'de>,
        uuid: Text<'de>,
        account_id: Text<'de>,
        nickname: Text<'de>,
    }
    /// A repository.
    Repository {
        full_name: Text<'de>,
    }
    /// A commit; pull requests tell only the first digits of its hash.
    Commit {
        hash: Text<'de>,
        links: Lenient<Links<'de>>,
    }
    /// Addresses.
    Links {
        html: Lenient<Link<'de>>,
        commit: Lenient<Link<'de>>,
    }
    /// An address.
    Link {
        href: Text<'de>,
    }
    /// Something that has only a name.
    Named {
        name: Text<'de>,
    }
    /// A pipeline; `steps` are attached.
    Pipeline {
        uuid: Text<'de>,
        build_number: Int,
        run_number: Int,
        created_on: Time,
        run_creation_date: Time,
        completed_on: Time,
        state: Lenient<State<'de>>,
        target: Lenient<Target<'de>>,
        trigger: Lenient<Trigger<'de>>,
        creator: Lenient<Account<'de>>,
        repository: Lenient<Repository<'de>>,
        links: Lenient<Links<'de>>,
        steps: List<Step<'de>>,
    }
    /// What a pipeline runs for.
    Target {
        ref_name: Text<'de>,
        source: Text<'de>,
        selector: Lenient<Selector<'de>>,
        commit: Lenient<Commit<'de>>,
        pullrequest: Lenient<PullRef<'de>>,
    }
    /// Which definition a pipeline runs.
    Selector {
        kind as "type": Text<'de>,
        pattern: Text<'de>,
    }
    /// The pull request of a pipeline.
    PullRef {
        kind as "type": Text<'de>,
        id: Int,
    }
    /// What started a pipeline or step.
    Trigger {
        kind as "type": Text<'de>,
        name: Text<'de>,
    }
    /// The state of a pipeline, step or deployment.
    State {
        name: Text<'de>,
        result: Lenient<EndState<'de>>,
        status: Lenient<Named<'de>>,
        stage: Lenient<Named<'de>>,
        started_on: Time,
        start_date: Time,
        completed_on: Time,
        completion_date: Time,
        url: Text<'de>,
    }
    /// How something ended.
    EndState {
        name: Text<'de>,
        error: Lenient<Failure<'de>>,
    }
    /// Why something failed.
    Failure {
        key: Text<'de>,
        message: Text<'de>,
    }
    /// A step of a pipeline.
    Step {
        uuid: Text<'de>,
        name: Text<'de>,
        run_number: Int,
        started_on: Time,
        completed_on: Time,
        state: Lenient<State<'de>>,
        trigger: Lenient<Trigger<'de>>,
    }
    /// A deployment; `in_environment` is attached.
    Deployment {
        uuid: Text<'de>,
        state: Lenient<State<'de>>,
        environment: Lenient<Environment<'de>>,
        in_environment: Lenient<Environment<'de>>,
        release: Lenient<Release<'de>>,
        deployable: Lenient<Release<'de>>,
        last_update_time: Time,
    }
    /// What was deployed.
    Release {
        name: Text<'de>,
        url: Text<'de>,
        commit: Lenient<Commit<'de>>,
        created_on: Time,
    }
    /// An environment.
    Environment {
        uuid: Text<'de>,
        name: Text<'de>,
        environment_type: Lenient<Named<'de>>,
        restrictions: Lenient<Restrictions<'de>>,
        deployment_gate_enabled: Flag,
    }
    /// A pull request; `activity`, `merge` and `statuses` are attached.
    PullRequest {
        id: Int,
        title: Text<'de>,
        description: Text<'de>,
        state: Text<'de>,
        draft: Flag,
        author: Lenient<Account<'de>>,
        created_on: Time,
        updated_on: Time,
        merge_commit: Lenient<Commit<'de>>,
        source: Lenient<End<'de>>,
        destination: Lenient<End<'de>>,
        participants: List<Participant<'de>>,
        links: Lenient<Links<'de>>,
        activity: List<Activity<'de>>,
        merge: Lenient<Commit<'de>>,
        statuses: List<Status<'de>>,
    }
    /// One end of a pull request.
    End {
        branch: Lenient<Named<'de>>,
        commit: Lenient<Commit<'de>>,
        repository: Lenient<Repository<'de>>,
    }
    /// Somebody who takes part in a pull request.
    Participant {
        user: Lenient<Account<'de>>,
        state: Text<'de>,
    }
    /// One thing that happened to a pull request: one of the fields is there.
    Activity {
        update: Lenient<Update<'de>>,
        approval: Lenient<Word<'de>>,
        changes_requested: Lenient<Word<'de>>,
        comment: Lenient<Comment<'de>>,
    }
    /// A change of a pull request.
    Update {
        date: Time,
        state: Text<'de>,
    }
    /// An approval, or a request for changes.
    Word {
        date: Time,
        user: Lenient<Account<'de>>,
    }
    /// A comment.
    Comment {
        created_on: Time,
        user: Lenient<Account<'de>>,
        deleted: Flag,
    }
    /// What another system says of a commit.
    Status {
        key: Text<'de>,
        name: Text<'de>,
        state: Text<'de>,
        url: Text<'de>,
        created_on: Time,
        updated_on: Time,
        commit: Lenient<Commit<'de>>,
        links: Lenient<Links<'de>>,
    }
    /// A rule about a branch.
    Restriction {
        id: Int,
        kind: Text<'de>,
        value: Int,
        pattern: Text<'de>,
        branch_match_kind: Text<'de>,
        branch_type: Text<'de>,
        users: List<Account<'de>>,
        groups: List<Named<'de>>,
    }
    /// What webhooks say beside the object itself.
    Webhook {
        approval: Lenient<Word<'de>>,
        changes_request: Lenient<Word<'de>>,
    }
    /// Who may deploy to an environment.
    Restrictions {
        kind as "type": Text<'de>,
        admin_only: Flag,
    }
}
