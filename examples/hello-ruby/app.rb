# frozen_string_literal: true

require 'logger'

LOGGER = Logger.new($stdout)

# Handler: app.lambda_handler
def lambda_handler(event:, context:)
  name = event.fetch('name', 'world')
  LOGGER.info("greeting #{name}")
  raise ArgumentError, 'nobody to greet' if name.empty?

  { message: "Hello, #{name}!", function: context.function_name, runtime: "Ruby #{RUBY_VERSION}" }
end

# Handler: app.Greetings::Formal.greet
module Greetings
  class Formal
    def self.greet(event:, context:)
      puts "a formal greeting, #{context.get_remaining_time_in_millis.positive? ? 'in time' : 'too late'}"
      { message: "Good day, #{event['name']}." }
    end
  end
end
