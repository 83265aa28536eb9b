//! The objects of `CircleCI`'s API v2 and of its webhooks, as far as we read them.
//!
//! Owns: names and types of fields. Must not know what they mean to us.

use crate::json::{Int, Lenient, List, Text, Time, object};

object! {'de:
    /// A pipeline, with what the pull puts into it: `workflows`. Webhooks tell fewer fields.
    Pipeline {
        id: Text<'de>,
        number: Int,
        state: Text<'de>,
        slug as "project_slug": Text<'de>,
        created_at: Time,
        updated_at: Time,
        trigger: Lenient<Trigger<'de>>,
        vcs: Lenient<Vcs<'de>>,
        workflows: List<Workflow<'de>>,
    }
    /// What started a pipeline.
    Trigger {
        kind as "type": Text<'de>,
        actor: Lenient<Actor<'de>>,
    }
    /// Who.
    Actor {
        login: Text<'de>,
    }
    /// What it runs on.
    Vcs {
        revision: Text<'de>,
        branch: Text<'de>,
        tag: Text<'de>,
        target as "target_repository_url": Text<'de>,
        review as "review_id": Text<'de>,
    }
    /// A run of a workflow, with what the pull puts into it: `jobs`.
    Workflow {
        id: Text<'de>,
        name: Text<'de>,
        status: Text<'de>,
        created_at: Time,
        stopped_at: Time,
        url: Text<'de>,
        jobs: List<Job<'de>>,
    }
    /// A job of a workflow, with what the pull puts into it: `detail`, `steps`.
    Job {
        id: Text<'de>,
        name: Text<'de>,
        kind as "type": Text<'de>,
        status: Text<'de>,
        started_at: Time,
        stopped_at: Time,
        approved_by: Text<'de>,
        detail: Lenient<JobDetail<'de>>,
        steps: List<Step<'de>>,
    }
    /// More of a job: when it was queued, and on what it ran.
    JobDetail {
        queued_at: Time,
        created_at: Time,
        web_url: Text<'de>,
        executor: Lenient<Executor<'de>>,
        messages: List<Message<'de>>,
    }
    /// What ran a job.
    Executor {
        resource_class: Text<'de>,
    }
    /// What `CircleCI` says about a job.
    Message {
        message: Text<'de>,
        reason: Text<'de>,
    }
    /// A step, with an action for each parallel container.
    Step {
        name: Text<'de>,
        actions: List<Action<'de>>,
    }
    /// A step in one container.
    Action {
        status: Text<'de>,
        start_time: Time,
        end_time: Time,
        exit_code: Int,
    }
    /// A project as webhooks mention it.
    Project {
        slug: Text<'de>,
    }
    /// A webhook.
    Hook {
        kind as "type": Text<'de>,
        project: Lenient<Project<'de>>,
        pipeline: Lenient<Pipeline<'de>>,
        workflow: Lenient<Workflow<'de>>,
        job: Lenient<Job<'de>>,
    }
}
