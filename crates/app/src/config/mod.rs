//! Settings, from five places: flag, environment, project, user, default; each value keeps where
//! it came from. Must not know: what the settings do.

mod analysis;
mod duration;
mod hours;
mod layer;
mod layers;
mod secret;
mod settings;
mod sources;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aftercast_model::{ServiceMap, ServiceRule};
use anyhow::Context as _;

use aftercast_connectors::{ChatRules, ChatWord, FailureRules, Rules};

pub(crate) use duration::duration;
pub(crate) use layer::{Layer, Origin, Value};
pub(crate) use layers::LayerRule;
pub(crate) use secret::SecretPlace;
pub(crate) use settings::{COLOR, DATA, DATABASE, HOME, LISTEN, SETTINGS, Setting, setting};
pub(crate) use sources::SourceRule;

use crate::error::{Failure, Outcome};

/// The name of the project's file.
pub(crate) const FILE_NAME: &str = "aftercast.toml";
/// A key for pseudonyms, 64 hexadecimal digits: for installations that must give the same
/// pseudonyms as another one (a comparison, a move). Never a setting in a file.
pub(crate) const PERSON_KEY_VARIABLE: &str = "AFTERCAST_PERSON_KEY";
/// What to log, in the words of `tracing-subscriber` (`debug`, `aftercast_lake=trace`).
pub(crate) const LOG_VARIABLE: &str = "AFTERCAST_LOG";

const DEFAULTS: &str = include_str!("default.toml");

/// Every setting, resolved.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    values: BTreeMap<&'static str, Value>,
    services: Vec<(ServiceRule, Origin)>,
    sources: Vec<SourceRule>,
    layers: BTreeMap<&'static str, LayerRule>,
}

/// Where files of configuration may be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// Where to begin to look for the project's file.
    pub(crate) start: PathBuf,
    /// Where to stop; without a repository only `start` itself is looked at.
    pub(crate) root: Option<PathBuf>,
    /// The user's folder of configuration.
    pub(crate) user: Option<PathBuf>,
}

impl Config {
    /// Reads all layers; `flags` is the strongest.
    pub(crate) fn load(
        places: &Places,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: Layer,
    ) -> Outcome<Self> {
        let user = places.user.as_ref().map(|folder| folder.join("aftercast/config.toml"));
        let mut layers = vec![defaults()?];
        for file in [user.filter(|file| file.is_file()), project_file(places)].into_iter().flatten()
        {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read the configuration `{}`", file.display()))?;
            layers.push(Layer::from_toml(&file.display().to_string(), &text)?);
        }
        layers.push(Layer::from_environment(environment)?);
        layers.push(flags);
        let config = Self::resolve(layers);
        config.check_hours()?;
        Ok(config)
    }

    /// Later layers win; the services and the sources of the last layer that names any are it.
    fn resolve(layers: Vec<Layer>) -> Self {
        let mut config = Self {
            values: BTreeMap::new(),
            services: Vec::new(),
            sources: Vec::new(),
            layers: BTreeMap::new(),
        };
        for layer in layers {
            config.values.extend(layer.values);
            config.layers.extend(layer.layers.into_iter().map(|rule| (rule.rule, rule)));
            if !layer.services.is_empty() {
                config.services = layer.services;
            }
            if !layer.sources.is_empty() {
                config.sources = layer.sources;
            }
        }
        config
    }

    /// Returns the value of a setting.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|value| value.text.as_str())
    }

    /// Returns every setting with its value, in the order of the reference.
    pub(crate) fn entries(&self) -> Vec<(&'static Setting, Option<&Value>)> {
        SETTINGS.iter().map(|setting| (setting, self.values.get(setting.key))).collect()
    }

    /// Returns the services with where each was named.
    pub(crate) fn service_rules(&self) -> &[(ServiceRule, Origin)] {
        &self.services
    }

    /// Returns the shares of rules of the table of layers that were set.
    pub(crate) fn layer_rules(&self) -> impl Iterator<Item = &LayerRule> {
        self.layers.values()
    }

    /// Returns the systems that are connected.
    pub(crate) fn sources(&self) -> &[SourceRule] {
        &self.sources
    }

    /// Returns what the installation says about environments, programs and failures.
    pub(crate) fn rules(&self) -> Outcome<Rules> {
        let list =
            |key| self.text(key).map(|text| layer::list_of(text).map(str::to_owned).collect());
        Ok(Rules {
            production: list(settings::PRODUCTION).unwrap_or_default(),
            programs: list(settings::PROGRAMS).unwrap_or_default(),
            failures: self.failure_rules()?,
            chat: self.chat_rules()?,
        })
    }

    /// The channels are those of all sources of chat; nothing else of a chat may be read.
    fn chat_rules(&self) -> Outcome<ChatRules> {
        let list = |key| -> Vec<String> {
            let text = self.text(key).unwrap_or_default();
            layer::list_of(text).map(str::to_owned).collect()
        };
        let of_chat = self
            .sources
            .iter()
            .filter(|rule| rule.source.pull.is_some_and(|pull| pull.subjects.key == "channels"));
        let words = list(settings::CHAT_WORDS).into_iter().map(|word| {
            let (means, phrase) = word.split_once(':').unwrap_or(("", word.as_str()));
            ChatWord { means: means.trim().to_owned(), phrase: phrase.trim().to_owned() }
        });
        let rules = ChatRules {
            channels: of_chat.clone().flat_map(|rule| rule.subjects.iter().cloned()).collect(),
            workspace: of_chat.clone().find_map(|rule| rule.settings.get("workspace").cloned()),
            words: words.collect(),
            without: list(settings::CHAT_WITHOUT),
            incident_bots: list(settings::INCIDENT_BOTS),
        };
        if let Some(problem) = rules.problems().into_iter().next() {
            let origin =
                self.values.get(settings::CHAT_WORDS).map(|value| value.origin.to_string());
            let origin = origin.unwrap_or_default();
            return Err(Failure::usage(format!("{origin}: `{}`: {problem}", settings::CHAT_WORDS))
                .hint("a word is written `KIND: PHRASE`, as in `rollback: roll* zurück`"));
        }
        Ok(rules)
    }

    fn failure_rules(&self) -> Outcome<FailureRules> {
        let Some(value) = self.values.get(settings::FAILURE_RULES) else {
            return Ok(FailureRules::default());
        };
        let beside = match &value.origin {
            Origin::File(file, _) => Path::new(file).parent(),
            _ => None,
        };
        let file = beside.unwrap_or(Path::new("")).join(&value.text);
        let shown = file.display();
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("{}: cannot read the rules `{shown}`", value.origin))?;
        FailureRules::parse(&text).map_err(|error| Failure::usage(format!("{shown}: {error}")))
    }

    /// Returns which service a repository belongs to.
    pub(crate) fn services(&self) -> ServiceMap {
        ServiceMap { rules: self.services.iter().map(|(rule, _)| rule.clone()).collect() }
    }
}

fn defaults() -> Outcome<Layer> {
    let mut layer = Layer::from_toml("default.toml", DEFAULTS)?;
    for value in layer.values.values_mut() {
        value.origin = Origin::Default;
    }
    Ok(layer)
}

fn project_file(places: &Places) -> Option<PathBuf> {
    let stop = places.root.as_deref().unwrap_or(&places.start);
    let mut folder = Some(places.start.as_path());
    while let Some(here) = folder {
        let file = here.join(FILE_NAME);
        if file.is_file() {
            return Some(file);
        }
        folder = if here == stop { None } else { here.parent() };
    }
    None
}

/// Returns the user's folder of the kind that `variable` names: its value where it is an absolute
/// path, else `fallback` in the home directory (XDG Base Directory Specification 0.8).
pub(crate) fn user_folder(variable: &str, fallback: &str) -> Option<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    std::env::var_os(variable)
        .map(PathBuf::from)
        .and_then(absolute)
        .or_else(|| std::env::home_dir().map(|home| home.join(Path::new(fallback))))
}

#[cfg(test)]
mod tests {
    use aftercast_analysis::Settings as AnalysisSettings;

    use super::*;

    fn load(project: &str, environment: &[(&str, &str)]) -> Outcome<Config> {
        let environment =
            environment.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Ok(Config::resolve(vec![
            defaults()?,
            Layer::from_toml("aftercast.toml", project)?,
            Layer::from_environment(environment)?,
        ]))
    }

    fn refused(project: &str, expected: &str) {
        let failure = load(project, &[]).unwrap_err();
        assert_eq!(failure.error.to_string(), expected);
        assert_eq!(failure.kind.exit_code(), 2);
    }

    #[test]
    fn the_stronger_place_wins_and_is_named() {
        let project = "[review]\ncomparison_window = 20\n";
        let config = load(project, &[]).unwrap();
        assert_eq!(config.analysis("shop").comparison_window, 20);
        let origin = |config: &Config, key| config.values.get(key).unwrap().origin.to_string();
        assert_eq!(origin(&config, "review.comparison_window"), "aftercast.toml:2");
        assert_eq!(origin(&config, "review.incident_window_days"), "default");
        let config = load(project, &[("AFTERCAST_REVIEW__COMPARISON_WINDOW", "30")]).unwrap();
        assert_eq!(config.analysis("shop").comparison_window, 30);
        assert_eq!(
            origin(&config, "review.comparison_window"),
            "environment AFTERCAST_REVIEW__COMPARISON_WINDOW"
        );
    }

    #[test]
    fn services_are_read_with_all_their_keys() {
        let config = load(
            "[[service]]\nname = \"web\"\nrepo = \"acme/shop\"\npaths = [\"apps/web\"]\ntag_prefix = \"web-v\"\n",
            &[],
        )
        .unwrap();
        let rules = config.services().rules;
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].paths, ["apps/web"]);
        assert_eq!(config.analysis("web").tag_prefix.as_deref(), Some("web-v"));
        assert_eq!(config.analysis("other").tag_prefix, None);
    }

    #[test]
    fn chat_is_heard_in_the_channels_of_its_sources_only() {
        let slack = "[[source]]\nkind = \"slack\"\nchannels = [\"C1:deploys\"]\ntoken_env = \"T\"\n\
                     workspace = \"https://acme.slack.com\"\n[chat]\nwords = [\"rollback: zurückgerollt\"]\n";
        let rules = load(slack, &[]).unwrap().rules().unwrap().chat;
        assert_eq!(rules.channels, ["C1:deploys"]);
        assert_eq!(rules.workspace.as_deref(), Some("https://acme.slack.com"));
        assert_eq!(rules.words[0].phrase, "zurückgerollt");
        assert!(load("", &[]).unwrap().rules().unwrap().chat.channels.is_empty());
        let wrong = load("[chat]\nwords = [\"rolback: x\"]\n", &[]).unwrap().rules().unwrap_err();
        assert!(wrong.error.to_string().contains("aftercast.toml:2"), "{}", wrong.error);
    }

    #[test]
    fn a_wrong_file_is_an_error_with_its_line() {
        refused(
            "\n[review]\ndeploy_branch = \"main\"\n",
            "aftercast.toml:3: unknown key `deploy_branch` in [review] (did you mean `deployed_branch`?)",
        );
        refused(
            "[reviews]\na = 1",
            "aftercast.toml:1: unknown key `reviews` (did you mean `review`?)",
        );
        refused(
            "[[service]]\nname = \"a\"\npath = \"x\"",
            "aftercast.toml:3: unknown key `path` in [[service]] (did you mean `paths`?)",
        );
        refused("[[service]]\nrepo = \"a/b\"", "aftercast.toml:1: a service needs a `name`");
        refused(
            "[review]\ncomparison_window = 0",
            "aftercast.toml:2: `review.comparison_window` is a whole number from 1, not `0`",
        );
        refused(
            "color = \"blue\"",
            "aftercast.toml:1: `color` is one of `auto`, `always`, `never`, not `blue`",
        );
        let broken = load("a = \n", &[]).unwrap_err().error.to_string();
        assert!(broken.starts_with("aftercast.toml:1: "), "{broken}");
    }

    #[test]
    fn a_slip_in_the_environment_is_an_error_when_a_setting_was_meant() {
        let failure = load("", &[("AFTERCAST_REVIEW__COMPARISON", "3")]).unwrap_err();
        assert!(failure.error.to_string().contains("did you mean"), "{}", failure.error);
        assert!(load("", &[("AFTERCAST_CACHE_DIR", "x"), ("AFTERCAST_DATA", "")]).is_ok());
    }

    #[test]
    fn working_hours_and_layers_are_read_and_checked() {
        let config = load(
            "[hours]\ndays = [\"sun\", \"mon\"]\nfrom = \"08:30\"\nutc_offset = \"-05:00\"\n\
             summer_time = \"us\"\n[layers]\nqueue = { process = 20, platform = 80 }\n",
            &[("AFTERCAST_HOURS__TO", "16:00")],
        )
        .unwrap();
        let settings = config.analysis("shop");
        assert_eq!(settings.hours.days, [true, false, false, false, false, false, true]);
        assert_eq!((settings.hours.from_minute, settings.hours.to_minute), (510, 960));
        assert_eq!(settings.hours.utc_offset_minutes, -300);
        assert_eq!(settings.layers.shares["queue"].platform, 80);
        for (wrong, expected) in [
            (
                "[hours]\nfrom = \"9\"",
                "aftercast.toml:2: `hours.from` is a time of day such as `09:00`, not `9`",
            ),
            (
                "[hours]\ndays = [\"Mo\"]",
                "aftercast.toml:2: `hours.days` is a list of some of `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, not `Mo`",
            ),
            (
                "[layers]\nqueu = { platform = 100 }",
                "aftercast.toml:2: unknown rule `queu` in [layers] (did you mean `queue`?)",
            ),
            (
                "[layers]\nqueue = { platform = 90 }",
                "aftercast.toml:2: `layers.queue` has shares that do not add up to 100",
            ),
            ("[layers]\nqueue = 3", "aftercast.toml:2: `layers.queue` is no table of shares"),
        ] {
            refused(wrong, expected);
        }
        let late = load("[hours]\nfrom = \"19:00\"", &[]).unwrap().check_hours().unwrap_err();
        assert_eq!(
            late.error.to_string(),
            "aftercast.toml:2: work ends (`hours.to`, 18:00) before it begins (`hours.from`, 19:00)"
        );
    }

    #[test]
    fn rules_about_the_foreign_world_are_read() {
        let config = load(
            "[environments]\nproduction = [\"live-*\", \"eu\"]\n[[service]]\nname = \"shop\"\n\
             names = [\"argocd:shop-*\"]\n",
            &[("AFTERCAST_PEOPLE__PROGRAMS", "deployer, svc-*")],
        )
        .unwrap();
        let rules = config.rules().unwrap();
        assert!(rules.is_production("live-7") && !rules.is_production("production"));
        assert!(rules.is_program("svc-ci") && rules.is_program("Deployer"));
        let services = config.services();
        assert_eq!(services.of_clue("argocd", "application", "shop-eu"), Some("shop"));
        refused(
            "[environments]\nproduction = []",
            "aftercast.toml:2: `environments.production` is a list of texts, not ``",
        );
        refused(
            "[environments]\nproduktion = [\"a\"]",
            "aftercast.toml:2: unknown key `produktion` in [environments] (did you mean `production`?)",
        );
    }

    #[test]
    fn rules_of_failures_stand_in_a_file_beside() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE_NAME);
        std::fs::write(&file, "[failures]\nrules = \"failures.toml\"\n").unwrap();
        let places = Places { start: folder.path().to_owned(), ..Places::default() };
        let config = Config::load(&places, [], Layer::default()).unwrap();
        let failure = config.rules().unwrap_err();
        assert!(failure.told().contains("aftercast.toml:2: cannot read the rules"), "{failure:?}");
        std::fs::write(folder.path().join("failures.toml"), "nonsense").unwrap();
        assert!(config.rules().unwrap_err().told().contains("failures.toml: "));
        std::fs::write(folder.path().join("failures.toml"), "").unwrap();
        assert!(config.rules().is_ok());
    }

    #[test]
    fn the_defaults_are_those_of_the_analysis() {
        assert_eq!(load("", &[]).unwrap().analysis("shop"), AnalysisSettings::default());
    }
}
