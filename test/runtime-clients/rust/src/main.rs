// What the tests of the runtime clients deploy, in Rust.
use lambda_runtime::streaming::{channel, Body, Response};
use lambda_runtime::{service_fn, Error, FunctionResponse, LambdaEvent};
use serde_json::{json, Value};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

static COUNT: AtomicU64 = AtomicU64::new(0);

async fn handle(event: LambdaEvent<Value>) -> Result<FunctionResponse<Value, Body>, Error> {
    let count = COUNT.fetch_add(1, Ordering::SeqCst) + 1;
    let (event, context) = event.into_parts();
    match event["do"].as_str() {
        Some("context") => {
            println!("about {}", context.request_id);
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
            let who = context.client_context.and_then(|client| client.custom.get("who").cloned());
            Ok(FunctionResponse::BufferedResponse(json!({
                "requestId": context.request_id,
                "arn": context.invoked_function_arn,
                "who": who,
                "remainingMs": context.deadline - now,
            })))
        }
        Some("fail") => Err("as asked".into()),
        Some("stream") => {
            let (mut sender, body) = channel();
            tokio::spawn(async move {
                for part in ["one ", "two ", "three"] {
                    let _ = sender.send_data(part.into()).await;
                }
            });
            Ok(FunctionResponse::StreamingResponse(Response::from(body)))
        }
        Some("exit") => std::process::exit(3),
        _ => Ok(FunctionResponse::BufferedResponse(json!(count))),
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    if std::env::var("INIT").as_deref() == Ok("fail") {
        std::process::exit(4);
    }
    lambda_runtime::run(service_fn(handle)).await
}
