$count = 0

def handler(event:, context:)
  $count += 1
  { count: $count }
end
