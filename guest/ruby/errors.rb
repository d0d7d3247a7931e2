# frozen_string_literal: true

module Lambent
  # What the invoker and the log are told of an exception.
  module Errors
    FRAMES_MAX = 100
    OWN_FRAME = %r{\A#{Regexp.escape(__dir__)}/}

    # `origin`: `Init` or `Function`, as AWS tells them apart in the type.
    def self.payload(error, origin)
      frames = (error.backtrace_locations || []).first(FRAMES_MAX).map(&:to_s)
      { errorMessage: text(error.message), errorType: "#{origin}<#{error.class}>",
        stackTrace: frames.take_while { |frame| !frame.match?(OWN_FRAME) }.map { |frame| text(frame) } }
    end

    def self.log(payload, title)
      puts title
      puts JSON.pretty_generate(payload)
    end

    # A message may hold any bytes; JSON holds UTF-8 only.
    def self.text(message)
      message = message.to_s
      return message.scrub if message.encoding == Encoding::UTF_8

      message.encode(Encoding::UTF_8, invalid: :replace, undef: :replace)
    end
  end
end
