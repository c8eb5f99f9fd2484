#!/usr/bin/env python3
"""As much of grpcurl as the runbooks use, over the server's reflection, for machines that have no grpcurl.

usage: grpcurl -plaintext [-H 'name: value'] [-d JSON] TARGET SERVICE/METHOD
It prints the answer as JSON, or the status on stderr with exit code 64 + its number, as grpcurl does.
"""

import argparse
import sys

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-plaintext", action="store_true", required=True)
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data", default="{}")
    parser.add_argument("target")
    parser.add_argument("method")
    args = parser.parse_args()
    metadata = [tuple(part.strip() for part in header.split(":", 1)) for header in args.headers]
    with grpc.insecure_channel(args.target) as channel:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        service, method = args.method.rsplit("/", 1)
        found = pool.FindServiceByName(service).methods_by_name[method]
        request = json_format.Parse(args.data, message_factory.GetMessageClass(found.input_type)())
        call = channel.unary_unary(f"/{service}/{method}", request_serializer=lambda m: m.SerializeToString(),
                                   response_deserializer=message_factory.GetMessageClass(found.output_type).FromString)
        try:
            print(json_format.MessageToJson(call(request, metadata=metadata, timeout=20)))
        except grpc.RpcError as error:
            print(f"ERROR:\n  Code: {error.code().name}\n  Message: {error.details()}", file=sys.stderr)
            sys.exit(64 + error.code().value[0])


main()
