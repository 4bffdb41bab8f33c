//! The configurations in `examples/`, and the one in `infra/README.md`, which call the module.

use std::collections::BTreeSet;
use std::fs;

use catchment_tests::emulator::{Emulator, Kind};
use catchment_tests::receiver::Receiver;
use catchment_tests::terraform::Terraform;
use catchment_tests::{clients, deliveries, lambdas, paths, to_stderr};
use serde_json::{Map, Value};

use crate::changes::post;
use crate::deployment::SOON;

/// The example that is applied.
const APPLIED: &str = "one-source";

/// The addresses of what an apply of a configuration beside the examples would create.
///
/// The packages of the Lambdas are where they are built. They are not given by an override file, because Terraform ignores
/// arguments that the module does not have in a call that is overridden.
async fn planned(name: &str, main: &str) -> catchment_tests::Result<Vec<String>> {
    let emulator = Emulator::shared(Kind::MiniStack).await?;
    let stack = paths::target().join(format!("test-{name}"));
    for lambda in ["ingest-lambda", "worker-lambda"] {
        let built = stack.join("target/lambda").join(lambda);
        fs::create_dir_all(&built)?;
        fs::copy(paths::root().join("infra/tests/package.zip"), built.join("bootstrap.zip"))?;
    }
    let (folder, files) = (format!("examples/{name}"), [("main.tf", main)]);
    Terraform::prepare_in(&stack, &folder, &files, emulator.endpoint()).await?.drift(&[]).await
}

/// In one plan for all. Each is a module of a configuration that does nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_planned() {
    let entries = fs::read_dir(paths::root().join("examples")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<_> = names.filter(|name| !name.ends_with(".md")).collect();
    assert!(names.len() >= 3, "{names:?}");
    let call = |name: &String| format!("module \"{name}\" {{\n  source = \"../{name}\"\n}}\n");
    // The region of the ARNs in them.
    let provider = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n".to_owned();
    let main = names.iter().map(call).fold(provider, |main, call| main + &call);
    let planned = planned("all-examples", &main).await.unwrap();
    for name in names {
        let api = format!("module.{name}.module.catchment.aws_apigatewayv2_api.webhooks");
        assert!(planned.contains(&api), "{name}: {planned:#?}");
    }
}

/// With `for_each`, with `depends_on`, and with the provider of another region.
#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_in_the_page_of_the_module_is_planned() {
    let page = fs::read_to_string(paths::root().join("infra/README.md")).unwrap();
    let block = page.split("```").find_map(|block| block.strip_prefix("terraform\nprovider"));
    let main = format!("provider{}", block.unwrap())
        .replace("\"./catchment/infra\"", "\"../../infra\"")
        .replace("  for_each = ", "  depends_on = [terraform_data.before]\n  for_each = ");
    let more = r#"
resource "terraform_data" "before" {}

output "region" {
  value = module.us.region

  precondition {
    condition     = module.us.region == "us-east-1"
    error_message = "The provider that was passed is not used."
  }
}
"#;
    let planned = planned("page", &(main + more)).await.unwrap();
    for stack in ["team[\"billing\"]", "team[\"shop\"]", "us"] {
        let queue = format!("module.{stack}.aws_sqs_queue.queue[\"default\"]");
        assert!(planned.contains(&queue), "{stack}: {planned:#?}");
    }
}

/// An output of the example: by the name of a source or destination.
fn by_name<'o>(outputs: &'o Map<String, Value>, output: &str, name: &str) -> &'o str {
    outputs[output]["value"][name].as_str().unwrap_or_else(|| panic!("{output}: {outputs:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_with_one_source_is_applied_and_delivers() {
    let emulator = Emulator::shared(Kind::MiniStack).await.unwrap();
    let receiver = Receiver::start().await.unwrap();
    let dir = paths::target().join("test-example");
    let built = lambdas::build(&dir.join("lambdas"), &to_stderr).await.unwrap();
    // What this machine needs to differ.
    let local = format!(
        r#"module "catchment" {{
  ingest_zip   = "{}"
  worker_zip   = "{}"
  architecture = "{}"
  reply_within = 20
  environment  = {{ AWS_ENDPOINT_URL = "{}" }}
  destinations = {{ crm = {{ http = {{ url = "{}/hooks", allow_private = true }} }} }}
}}
"#,
        built.ingest.display(),
        built.worker.display(),
        built.architecture,
        emulator.endpoint(),
        receiver.url(),
    );
    let (folder, files) = (format!("examples/{APPLIED}"), [("local_override.tf", &*local)]);
    let stack = dir.join("stack");
    let endpoint = emulator.endpoint();
    let terraform = Terraform::prepare_in(&stack, &folder, &files, endpoint).await.unwrap();
    terraform.apply(&[], |_| ()).await.unwrap();

    let outputs = terraform.outputs().await.unwrap();
    let clients = emulator.clients();
    let secret = "whsec_of_the_example";
    let put = clients.secrets.put_secret_value().secret_string(secret);
    put.secret_id(by_name(&outputs, "source_secret_arns", "billing")).send().await.unwrap();
    // MiniStack's name of the API resolves in curl and little else.
    let url = by_name(&outputs, "webhook_urls", "billing");
    let api = url.split("://").nth(1).and_then(|host| host.split('.').next()).unwrap();
    let url = format!("{endpoint}/_aws/execute-api/{api}/$default/billing");
    let status = post(&clients::http().unwrap(), &url, secret, "evt_1").await.unwrap();
    assert_eq!(status, 200);

    let all = receiver.wait_for("a delivery", SOON, |all| !all.is_empty()).await.unwrap();
    assert_eq!(all[0].path, "/hooks");
    let signing = by_name(&outputs, "destination_secret_arns", "crm");
    let signing = clients.secrets.get_secret_value().secret_id(signing).send().await.unwrap();
    deliveries::verify(&all[0], signing.secret_string().unwrap()).unwrap();
}
