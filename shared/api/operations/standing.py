"""The calls that everybody may make, without a token."""

from __future__ import annotations

from shared.api import status_bodies
from shared.api.operations import Operation

GET_STATUS = Operation(
    id="getStatus",
    method="GET",
    path="/status",
    summary="Is the register open?",
    description=(
        "Needs no credentials, and goes on answering after the register has closed and when it has been destroyed."
    ),
    answers={200: (status_bodies.StatusAnswer, "The status.")},
    problems=(503,),
)

GET_OPENAPI = Operation(
    id="getOpenApi",
    method="GET",
    path="/openapi.json",
    summary="This document",
    description="OpenAPI 3.1.",
    answers={200: (None, "The OpenAPI document.")},
    media_type="application/json",
)

GET_CERTIFICATE = Operation(
    id="getCertificate",
    method="GET",
    path="/certificate",
    summary="The certificate of destruction",
    description=(
        "What was destroyed, where, how and when, byte for byte as it was signed; docs/certificate.md says how to "
        "verify it. There is none before everything has been destroyed."
    ),
    answers={200: (None, "The certificate.")},
    problems=(503,),
    media_type="application/json",
)

GET_CERTIFICATE_SIGNATURE = Operation(
    id="getCertificateSignature",
    method="GET",
    path="/certificate/signature",
    summary="The signature of the certificate",
    description="ECDSA over SHA-256 of the certificate's bytes, in DER, in base64.",
    answers={200: (None, "The signature.")},
    problems=(503,),
    media_type="text/plain; charset=utf-8",
)

GET_CERTIFICATE_PUBLIC_KEY = Operation(
    id="getCertificatePublicKey",
    method="GET",
    path="/certificate/public-key",
    summary="The public key of the certificate",
    description="In PEM. Its SHA-256 is in the certificate.",
    answers={200: (None, "The public key.")},
    problems=(503,),
    media_type="application/x-pem-file",
)

GET_CERTIFICATE_PAGE = Operation(
    id="getCertificatePage",
    method="GET",
    path="/certificate/page",
    summary="The certificate, to print",
    description="The same on one page, for people. What is signed is the certificate itself.",
    answers={200: (None, "The page.")},
    problems=(503,),
    media_type="text/html; charset=utf-8",
)
