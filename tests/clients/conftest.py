"""A gateway for each file of tests, a bucket for each test."""

import itertools

import pytest
from sealgate import Gateway

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def gateway():
    running = Gateway()
    yield running
    running.stop()


@pytest.fixture
def s3(gateway):
    return gateway.client()


@pytest.fixture
def kms(gateway):
    return gateway.client("kms")


@pytest.fixture
def bucket(s3):
    name = f"bucket-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name
