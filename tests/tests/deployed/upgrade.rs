//! Upgrades while webhooks arrive: a good one, one that its health event refuses, its correction, and a roll back.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use catchment_tests::receiver::{Received, Receiver};
use catchment_tests::stack::{Source, Stack, Variables};
use catchment_tests::{clients, paths, to_stderr};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::changes::post;
use crate::deployment::{SOON, Said};

/// A source whose route has settings of its own, and what it is renamed to.
const MORE: &str = "more";
const RENAMED: &str = "renamed";

/// The time between two webhooks.
const EVERY: Duration = Duration::from_millis(100);

fn values(receiver: &str, sources: &[&str], path: &str, filter: &str) -> Value {
    let throttling = |name: &str| (name == MORE).then_some(json!({ "rate": 50 }));
    let source = |name: &&str| json!({ "provider": "stripe", "throttling": throttling(name) });
    let sources = sources.iter().map(|name| ((*name).to_owned(), source(name)));
    let sources: serde_json::Map<_, _> = sources.collect();
    let http = json!({ "url": format!("{receiver}{path}"), "allow_private": true });
    json!({
        "name": "upgrade", "reply_within": 20, "force_destroy": true, "sources": sources,
        "destinations": { "crm": { "http": http } },
        "routes": [{ "source": "shop", "filter": filter, "destinations": ["crm"] }],
    })
}

/// Sends webhooks one after the other until `stop` is called.
struct Sender {
    stop: Arc<AtomicBool>,
    sent: JoinHandle<Vec<String>>,
}

impl Sender {
    /// The result is what was answered to each: the status, or the error.
    fn start(source: &Source) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (ended, source) = (Arc::clone(&stop), source.clone());
        let sent = tokio::spawn(async move {
            let http = clients::http().unwrap();
            let mut answers = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                let id = format!("evt_{}", answers.len());
                let answer = post(&http, &source.url, &source.secret, &id).await;
                answers.push(answer.map_or_else(|e| e.to_string(), |status| status.to_string()));
                sleep(EVERY).await;
            }
            answers
        });
        Self { stop, sent }
    }

    async fn stop(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.sent.await.unwrap()
    }
}

/// A stack, and the file of variables that it is applied with.
struct Upgraded {
    stack: Stack,
    file: PathBuf,
}

impl Upgraded {
    async fn apply(&mut self, values: &Value) -> catchment_tests::Result<()> {
        fs::write(&self.file, values.to_string()).unwrap();
        self.stack.apply_again(&Said).await
    }

    /// The versions behind the aliases: ingest's, then the worker's.
    async fn live(&self) -> [String; 2] {
        let outputs = &self.stack.outputs;
        let mut versions = Vec::new();
        for name in [&outputs.ingest_function, &outputs.worker_function] {
            let get = self.stack.clients.lambda.get_alias().function_name(name).name("live");
            versions.push(get.send().await.unwrap().function_version.unwrap());
        }
        versions.try_into().unwrap()
    }

    /// The command of docs/operate/upgrade.md.
    async fn roll_back(&self, versions: &[String; 2]) {
        let outputs = &self.stack.outputs;
        for (name, version) in
            [&outputs.ingest_function, &outputs.worker_function].into_iter().zip(versions)
        {
            let update = self.stack.clients.lambda.update_alias().function_name(name).name("live");
            update.function_version(version).send().await.unwrap();
        }
    }

    /// What Terraform did to routes and to their settings so far.
    fn route_changes(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.stack.emulator.calls().unwrap()).unwrap();
        let change = |line: &str| {
            let call: Value = serde_json::from_str(line).unwrap();
            let (method, path) = (call["method"].as_str()?, call["path"].as_str()?);
            let resource = path.strip_prefix("/v2/apis/")?.split('/').collect::<Vec<_>>();
            match (method, &resource[1..]) {
                ("POST", ["routes"]) => {
                    let body: Value = serde_json::from_str(call["body"].as_str()?).unwrap();
                    Some(format!("create {}", body["routeKey"].as_str()?))
                }
                ("DELETE", ["routes", _]) => Some("delete a route".to_owned()),
                ("DELETE", ["stages", _, "routesettings", ..]) => {
                    Some("delete settings".to_owned())
                }
                _ => None,
            }
        };
        calls.lines().filter_map(change).collect()
    }

    async fn has_secret(&self, arn: &str) -> bool {
        let describe = self.stack.clients.secrets.describe_secret().secret_id(arn).send().await;
        describe.is_ok_and(|secret| secret.deleted_date().is_none())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_webhook_is_refused_or_lost_during_an_upgrade_a_bad_upgrade_and_a_roll_back() {
    let receiver = Receiver::start().await.unwrap();
    let dir = paths::target().join("test-upgrade");
    fs::create_dir_all(&dir).unwrap();
    let file = dir.join("my.tfvars.json");
    let first = values(receiver.url(), &[MORE, "shop"], "/first", "body.id != 'x'");
    fs::write(&file, first.to_string()).unwrap();
    let wanted = Variables { values: json!({}), file: Some(&file), without_secret: &[] };
    let stack = Stack::start(&dir.join("stack"), &wanted, &Said).await.unwrap();
    let shop = stack.source("shop").unwrap().clone();
    let secret_of_more = stack.source(MORE).unwrap().secret_arn.clone().unwrap();
    let mut upgraded = Upgraded { stack, file };
    let count = |all: &[Received], path: &str| all.iter().filter(|got| got.path == path).count();
    let came_to = |path: &'static str, times| {
        receiver.wait_for(path, SOON, move |all| count(all, path) >= times)
    };
    let [ingest_1, worker_1] = upgraded.live().await;
    let sender = Sender::start(&shop);
    came_to("/first", 1).await.unwrap();

    // An upgrade: both aliases move.
    let second = values(receiver.url(), &[MORE, "shop"], "/second", "body.id != 'y'");
    upgraded.apply(&second).await.unwrap();
    let live = upgraded.live().await;
    assert!(live[0] != ingest_1 && live[1] != worker_1, "{live:?}");
    came_to("/second", 1).await.unwrap();

    // A bad one: it says why, nothing moves, and what it removes stays for the version that serves.
    let bad = values(receiver.url(), &["shop"], "/third", "body.id =");
    let error = upgraded.apply(&bad).await.unwrap_err().to_string();
    assert!(error.contains("routes[0].filter"), "{error}");
    assert_eq!(upgraded.live().await, live);
    assert!(upgraded.has_secret(&secret_of_more).await, "the old version needs it");

    // Its correction, with a source renamed: the removals follow the aliases and the new route.
    let routes_before = upgraded.route_changes().len();
    let third = values(receiver.url(), &[RENAMED, "shop"], "/third", "body.id != 'z'");
    upgraded.apply(&third).await.unwrap();
    assert_eq!(
        upgraded.route_changes()[routes_before..],
        ["create ANY /renamed", "delete settings", "delete a route"]
    );
    came_to("/third", 1).await.unwrap();
    assert!(!upgraded.has_secret(&secret_of_more).await, "nothing needs it");

    // A roll back: the old version reads its own configuration, although the object has changed twice since.
    let before = count(&receiver.received(), "/second");
    upgraded.roll_back(&live).await;
    assert_eq!(upgraded.live().await, live);
    came_to("/second", before + 5).await.unwrap();

    let answers = sender.stop().await;
    let refused: Vec<_> = answers.iter().filter(|answer| *answer != "200").collect();
    assert!(refused.is_empty(), "{refused:?}");
    let sent: BTreeSet<String> =
        (0..answers.len()).map(|n| format!("{{\"id\":\"evt_{n}\"}}")).collect();
    let arrived = |all: &[Received]| -> BTreeSet<String> {
        all.iter().map(|got| String::from_utf8_lossy(&got.body).into_owned()).collect()
    };
    let all = receiver
        .wait_for("every webhook", SOON, |all| sent.is_subset(&arrived(all)))
        .await
        .unwrap_or_else(|error| {
            panic!("{} of {} arrived: {error}", receiver.received().len(), sent.len())
        });
    to_stderr(&format!("{} sent, all answered 200, {} delivered", sent.len(), arrived(&all).len()));
}
