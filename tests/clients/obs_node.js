// Drives the unmodified esdk-obs-nodejs through one life of a bucket and prints
// what the SDK understood of each answer, as JSON.
//
// usage: node obs_node.js obs|v2 SERVER ACCESS_KEY SECRET CA_FILE REGION BUCKET

"use strict";

// Not every machine resolves names under `localhost`; the SDK is not touched.
const dns = require("dns");
const lookup = dns.lookup;
dns.lookup = (host, ...rest) => lookup(host.endsWith(".localhost") ? "127.0.0.1" : host, ...rest);

const fs = require("fs");
const http = require("http");
const https = require("https");
const ObsClient = require("esdk-obs-nodejs");

const [mode, server, accessKey, secret, caFile, region, bucket] = process.argv.slice(2);
const obs = new ObsClient({
  access_key_id: accessKey,
  secret_access_key: secret,
  server,
  signature: mode,
  path_style: mode !== "obs",
  is_signature_negotiation: true,
  ssl_verify: caFile,
  max_retry_count: 0,
});

const answers = {};

async function ask(name, method, parameters = {}) {
  const answer = await obs[method]({ Bucket: bucket, ...parameters });
  const result = answer.InterfaceResult || {};
  const body = result.Content === undefined ? {} : { Content: String(result.Content) };
  answers[name] = { status: answer.CommonMsg.Status, code: answer.CommonMsg.Code, ...result, ...body };
  return answers[name];
}

// The plain HTTPS client of somebody who was given a URL.
function fetch(name, url, headers, method = "GET") {
  const agent = url.startsWith("https") ? https : http;
  return new Promise((resolve, reject) => {
    const request = agent.request(url, { method, headers, ca: fs.readFileSync(caFile) }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => resolve((answers[name] = { status: answer.statusCode, text })));
    });
    request.on("error", reject);
    request.end();
  });
}

async function folders() {
  const later = new Date(Date.now() + 60000).toISOString();
  const shared = (conditions) => {
    const Policy = JSON.stringify({ expiration: later, conditions });
    return obs.createSignedUrlSync({ Method: "GET", Bucket: bucket, Policy, Prefix: "shared/" });
  };
  const inside = shared([["starts-with", "$prefix", "shared/"]]);
  await fetch("folderList", inside.SignedUrl, inside.ActualSignedRequestHeaders);
  const query = inside.SignedUrl.slice(inside.SignedUrl.indexOf("?"));
  const base = inside.SignedUrl.slice(0, inside.SignedUrl.indexOf("?")).replace(/\/$/, "");
  const headers = inside.ActualSignedRequestHeaders;
  await fetch("folderRead", `${base}/shared/a${query}`, headers);
  await fetch("folderOutside", `${base}/k${query}`, headers);
  await fetch("folderWrite", `${base}/shared/b${query}`, headers, "PUT");
  await fetch("folderPolicy", `${base}/${query}&acl`, headers);
  const elsewhere = shared([{ bucket: "another" }, ["starts-with", "$prefix", "shared/"]]);
  await fetch("folderElsewhere", elsewhere.SignedUrl, elsewhere.ActualSignedRequestHeaders);
}

async function main() {
  // The SDK goes on with its own set-up behind the constructor's back.
  await new Promise(setImmediate);
  await ask("create", "createBucket", { Location: region });
  await ask("createAgain", "createBucket", { Location: region });
  await ask("location", "getBucketLocation");
  await ask("metadata", "getBucketMetadata");
  await ask("buckets", "listBuckets", { QueryLocation: true });
  await ask("noEncryption", "getBucketEncryption");
  await ask("setEncryption", "setBucketEncryption", {
    Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "kms" } },
  });
  await ask("encryption", "getBucketEncryption");
  await ask("deleteEncryption", "deleteBucketEncryption");
  await ask("put", "putObject", { Key: "k", Body: "hello", SseKms: "kms", Metadata: { one: "ü 1" } });
  await ask("putAes", "putObject", { Key: "aes", Body: "hello", SseKms: "AES256" });
  await ask("get", "getObject", { Key: "k" });
  await ask("head", "getObjectMetadata", { Key: "k" });
  await ask("headMissing", "getObjectMetadata", { Key: "missing" });
  await ask("missing", "getObject", { Key: "missing" });
  await ask("copy", "copyObject", { Key: "copy/ü", CopySource: `${bucket}/k`, SseKms: "kms" });
  await ask("list", "listObjects", { MaxKeys: 2 });
  await ask("append", "appendObject", { Key: "log", Position: 0, Body: "abc", SseKms: "kms" });
  await ask("append2", "appendObject", { Key: "log", Position: 3, Body: "def" });
  await ask("appended", "getObject", { Key: "log" });
  await ask("setMetadata", "setObjectMetadata", { Key: "k", MetadataDirective: "REPLACE_NEW", CacheControl: "no-cache" });
  await ask("described", "getObjectMetadata", { Key: "k" });
  const { UploadId } = await ask("start", "initiateMultipartUpload", { Key: "big", SseKms: "kms" });
  const part = await ask("part", "uploadPart", { Key: "big", UploadId, PartNumber: 1, Body: "x".repeat(1000) });
  const Parts = [{ PartNumber: 1, ETag: part.ETag }];
  await ask("complete", "completeMultipartUpload", { Key: "big", UploadId, Parts });
  await ask("quota", "setBucketQuota", { StorageQuota: 1 });
  await ask("overQuota", "putObject", { Key: "k", Body: "hello" });
  await ask("noQuota", "setBucketQuota", { StorageQuota: 0 });
  await ask("storage", "getBucketStorageInfo");
  await ask("shared", "putObject", { Key: "shared/a", Body: "hello" });
  const url = obs.createSignedUrlSync({ Method: "GET", Bucket: bucket, Key: "k", Expires: 60 });
  await fetch("signed", url.SignedUrl, url.ActualSignedRequestHeaders);
  await folders();
  await ask("deleteMany", "deleteObjects", { Objects: [{ Key: "k" }, { Key: "copy/ü" }], EncodingType: "url" });
  await ask("replication", "getBucketReplication");
  console.log(JSON.stringify(answers));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
