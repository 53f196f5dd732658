/** A message of a customer, as the two servers that ours is compared with read it out of a webhook body. */
export interface Received {
  page: string;
  customer: string;
  at: Date;
  mid: string;
  text: string;
}

interface MessengerBody {
  entry: {
    id: string;
    messaging: { sender: { id: string }; timestamp: number; message: { mid: string; text: string } }[];
  }[];
}

export function receivedIn(body: unknown): Received[] {
  const { entry } = body as MessengerBody;
  return entry.flatMap(({ id: page, messaging }) =>
    messaging.map(({ sender, timestamp, message: { mid, text } }) => {
      return { page, customer: sender.id, at: new Date(timestamp), mid, text };
    }),
  );
}
