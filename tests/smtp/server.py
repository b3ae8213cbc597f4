"""A real mail server (aiosmtpd) that misbehaves as the local part of the receiver asks.

Usage: server.py [--tls starttls|tls --cert FILE --key FILE] [--auth USER:PASSWORD] [--once]
With --once a connection is closed when a second mail begins.
Output, a JSON object per line: first {"port": …}, then one for every message it took, with the connection it came by.
"""

import argparse
import asyncio
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


def tell(**what):
    print(json.dumps(what), flush=True)


class Handler:
    connections = 0

    def __init__(self, once):
        self.once = once
        self.taken = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        if not hasattr(session, "connection"):
            Handler.connections += 1
            session.connection = Handler.connections
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("refused-sender@"):
            return "553 5.1.8 sender refused: " + address
        if self.once and self.taken:
            server.transport.abort()
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        how = address.split("@")[0]
        if how == "refuse":
            return f"550 5.1.1 <{address}>: no such user"
        if how == "grey":
            return "451 4.7.1 greylisted, come back later"
        if how == "closing":
            return "421 4.3.2 closing down"
        if how == "drop-before":
            server.transport.abort()
        if how == "silent":
            await asyncio.Event().wait()
        if how == "slow":
            await asyncio.sleep(0.3)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        how = envelope.rcpt_tos[0].split("@")[0]
        if how == "refuse-message":
            return "554 5.6.0 message refused: " + envelope.content[:40].decode().split("\r\n")[0]
        if how == "full":
            return "452 4.2.2 mailbox full"
        self.taken += 1
        tell(
            connection=session.connection,
            encrypted=server.transport.get_extra_info("ssl_object") is not None,
            sender=envelope.mail_from,
            receivers=envelope.rcpt_tos,
            message=envelope.original_content.decode("ascii"),
        )
        if how == "drop-after":
            server.transport.abort()
        if how == "silent-after":
            await asyncio.Event().wait()
        return "250 2.0.0 taken"


def context(args):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(args.cert, args.key)
    return context


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", choices=["starttls", "tls"])
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--auth")
    parser.add_argument("--once", action="store_true")
    args = parser.parse_args()
    options = {}
    if args.tls == "starttls":
        options.update(tls_context=context(args), require_starttls=True)
    if args.auth:

        def authenticate(server, session, envelope, mechanism, data):
            given = data.login + b":" + data.password
            return AuthResult(success=given == args.auth.encode(), handled=False)

        options.update(authenticator=authenticate, auth_required=True, auth_require_tls=args.tls == "starttls")

    def factory():
        return SMTP(Handler(args.once), enable_SMTPUTF8=False, **options)

    loop = asyncio.get_running_loop()
    tls = context(args) if args.tls == "tls" else None
    listening = await loop.create_server(factory, "127.0.0.1", 0, ssl=tls)
    tell(port=listening.sockets[0].getsockname()[1])
    async with listening:
        await listening.serve_forever()


asyncio.run(main())
