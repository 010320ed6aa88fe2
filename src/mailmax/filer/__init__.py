"""From the journals into mailboxes and the queue."""
