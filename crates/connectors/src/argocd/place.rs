//! Where an application runs: its environment, and whether that is production.
//!
//! Owns: the order in which label, cluster, namespace, project and name are believed. Must not know
//! syncs.

use crate::argocd::objects::{Destination, Labels, Metadata, Spec};
use crate::sink::Sink;

/// How Argo CD calls the cluster that it runs in itself.
const OWN_CLUSTER: &str = "in-cluster";

/// An environment.
pub(super) struct Place {
    /// Its name.
    pub(super) environment: Option<String>,
    /// Whether it is production; unknown where only a namespace or cluster names it.
    pub(super) production: Option<bool>,
}

/// Returns where an application runs.
pub(super) fn place(metadata: &Metadata<'_>, spec: Option<&Spec<'_>>, sink: &Sink<'_>) -> Place {
    let label = metadata.labels.get().and_then(label);
    if let Some(label) = label {
        let production = Some(sink.is_production(label));
        return Place { environment: Some(label.to_owned()), production };
    }
    let destination = spec.and_then(|spec| spec.destination.get());
    let cluster = destination.and_then(cluster);
    let namespace = destination.and_then(|destination| destination.namespace.text());
    let both = cluster.zip(namespace).map(|(cluster, namespace)| format!("{cluster}/{namespace}"));
    let project = spec.and_then(|spec| spec.project.text());
    let name = metadata.name.text().and_then(|name| name.rsplit('-').next());
    let told = [both.as_deref(), cluster, namespace, project, name];
    let production = told.into_iter().flatten().find(|name| sink.is_production(name));
    let elsewhere = cluster.filter(|cluster| *cluster != OWN_CLUSTER);
    let usual =
        if elsewhere.is_some() { both.as_deref().or(cluster) } else { namespace.or(cluster) };
    Place {
        environment: production.or(usual).map(str::to_owned),
        production: production.map(|_| true),
    }
}

fn label<'l>(labels: &'l Labels<'_>) -> Option<&'l str> {
    labels.environment.text().or(labels.env.text()).or(labels.recommended.text())
}

/// Returns the name of a cluster, else the host in its address.
fn cluster<'d>(destination: &'d Destination<'_>) -> Option<&'d str> {
    if let Some(name) = destination.name.text() {
        return Some(name);
    }
    let server = destination.server.text()?;
    if server == "https://kubernetes.default.svc" {
        return Some(OWN_CLUSTER);
    }
    let host = server.split_once("://").map_or(server, |(_, rest)| rest);
    host.split([':', '/']).next().filter(|host| !host.is_empty())
}
