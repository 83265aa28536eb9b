//! An Argo CD application, as far as we read it.
//!
//! Owns: names and types of fields (`argoproj.io/v1alpha1`). Must not know what they mean to us.

use std::borrow::Cow;

use crate::json::{Flag, Int, Lenient, List, Text, Time, object};

object! {'de:
    /// An application.
    Application {
        metadata: Lenient<Metadata<'de>>,
        spec: Lenient<Spec<'de>>,
        status: Lenient<Status<'de>>,
    }
    /// What Kubernetes says about it.
    Metadata {
        name: Text<'de>,
        uid: Text<'de>,
        labels: Lenient<Labels<'de>>,
    }
    /// Labels that name an environment.
    Labels {
        environment: Text<'de>,
        env: Text<'de>,
        recommended as "app.kubernetes.io/environment": Text<'de>,
    }
    /// What it should be.
    Spec {
        project: Text<'de>,
        destination: Lenient<Destination<'de>>,
        source: Lenient<From<'de>>,
        sources: List<From<'de>>,
    }
    /// Where it runs.
    Destination {
        server: Text<'de>,
        name: Text<'de>,
        namespace: Text<'de>,
    }
    /// What it is made from.
    From {
        repo_url as "repoURL": Text<'de>,
        target as "targetRevision": Text<'de>,
        chart: Text<'de>,
    }
    /// What it is.
    Status {
        history: List<Synced<'de>>,
        operation as "operationState": Lenient<Operation<'de>>,
        summary: Lenient<Summary<'de>>,
        sync: Lenient<Sync<'de>>,
    }
    /// A sync that succeeded.
    Synced {
        id: Int,
        revision: Text<'de>,
        revisions: List<Cow<'de, str>>,
        started as "deployStartedAt": Time,
        deployed as "deployedAt": Time,
        by as "initiatedBy": Lenient<By<'de>>,
        source: Lenient<From<'de>>,
        sources: List<From<'de>>,
    }
    /// Who asked for a sync.
    By {
        username: Text<'de>,
        automated: Flag,
    }
    /// The last sync, however it ended.
    Operation {
        phase: Text<'de>,
        message: Text<'de>,
        started as "startedAt": Time,
        finished as "finishedAt": Time,
        operation: Lenient<Asked<'de>>,
        result as "syncResult": Lenient<Outcome<'de>>,
    }
    /// What was asked for.
    Asked {
        by as "initiatedBy": Lenient<By<'de>>,
        sync: Lenient<AskedSync<'de>>,
    }
    /// A sync that was asked for.
    AskedSync {
        dry as "dryRun": Flag,
        revision: Text<'de>,
    }
    /// What was synced.
    Outcome {
        revision: Text<'de>,
        revisions: List<Cow<'de, str>>,
        source: Lenient<From<'de>>,
        sources: List<From<'de>>,
    }
    /// What runs at the moment.
    Summary {
        images: List<Cow<'de, str>>,
    }
    /// Whether it is what it should be.
    Sync {
        status: Text<'de>,
        revision: Text<'de>,
    }
}
