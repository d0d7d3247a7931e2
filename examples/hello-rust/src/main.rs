use lambda_runtime::{service_fn, Error, LambdaEvent};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Event {
    name: Option<String>,
}

#[derive(Serialize)]
struct Greeting {
    message: String,
}

async fn greet(event: LambdaEvent<Event>) -> Result<Greeting, Error> {
    let name = event.payload.name.ok_or("nobody to greet")?;
    println!("greeting {name}");
    Ok(Greeting { message: format!("Hello, {name}!") })
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(greet)).await
}
