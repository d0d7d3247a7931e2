# frozen_string_literal: true

# Loaded by bootstrap.rb in the warm pool in a function's stead: has a bit of everything that handlers do.
require 'json'
require 'logger'

def lambda_handler(event:, context:)
  Logger.new($stdout).info("event #{event}")
  puts "at #{Time.now.utc.iso8601(3)}"
  begin
    raise ArgumentError, 'as if' if event['key']
  rescue ArgumentError => e
    Lambent::Errors.payload(e, 'Function').to_json
  end
  body = JSON.generate(JSON.parse(event.to_json))
  { statusCode: 200, left: context.get_remaining_time_in_millis, body: body, path: ENV.fetch('PATH', '') }
end
