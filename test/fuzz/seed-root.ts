import { digest } from '../rules/clean-root.js';
import { file, symlink, type TreeSpec } from '../support/tree-spec.js';

const systemd = 'usr/share/containers/systemd';

/** A root in which every kind of file that `check` reads has much of its grammar, right and wrong. */
export const seedRoot: TreeSpec = {
  ...bound('all.image', 'app.container', 'data.volume', 'shop.kube', 'group.pod', 'model.artifact'),
  'usr/lib/bound-images.d/many.toml': `# bound-images: ignore reference-floating: it is a test
images = [ # the first
  "quay.io/example/logs:2.4", 'docker.io/library/busybox', """quay.io/example/long\\
     name@${digest}""",
]
authfile = "/etc/containers/auth.json"

[[image]]
reference = "registry.example.com:5000/team/db:16@${digest}"
authfile = '/usr/lib/example/db-auth.json'
cert-dir = "/etc/pki/example"
tls-verify = false
arch = "arm64"
os = "linux"
variant = "v8"
expect = { "org.example.channel" = "stable", "org.opencontainers.image.version" = ">=2.4 <3" }

[[image]]
reference = "oci-archive:/usr/lib/images/tool.tar:tool"
[image.expect]
version = "^1.2"
[[image.payload]]
path = "/usr/lib/tool.raw"
as = "extensions/tool.raw"
max-size = "1.5 MiB"
mode = "0644"
digest = "${digest}"

[[artifact]]
reference = "quay.io/example/kernel@${digest}"
payload = [{ title = "vmlinuz", as = "kernel/vmlinuz" }, { "media-type" = "a/b", as = "kernel/b" }]
`,
  'usr/lib/bound-images.d/other.toml':
    'images = []\nimage = [{ reference = "quay.io/x/y:1", "tls-verify" = true }]\n',
  [`${systemd}/all.image`]: `# bound-images: ignore tls-not-verified: the registry is on this host
[Unit]
Description=All keys
After=network-online.target app.container
[Image]
AllTags=false
Arch=arm64
AuthFile=/etc/containers/auth.json
CertDir=/etc/pki/example
ContainersConfModule=/etc/containers/module.conf
Creds=shop:c2VjcmV0LWNhbmFyeQ
DecryptionKey=/etc/pki/key.pem:c2VjcmV0LWNhbmFyeQ
GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/bootc/storage "--log-level" 'debug'
Image="registry.example.com/team/app:1.2"
ImageTag=localhost/app:1
OS=linux
PodmanArgs=--quiet --retry 3 \\
# a comment between
  --platform=linux/arm64 "a b\\x20c" \\u00e9
Policy=missing
Retry=3
RetryDelay=5s
TLSVerify=no
Variant=v8
[Service]
ExecStart=/usr/bin/echo %n %%
Environment="A=b c" 'D=e'
Restart=on-failure
[Install]
WantedBy=multi-user.target default.target
`,
  [`${systemd}/all.image.d/10-more.conf`]:
    '[Image]\nImage=\nImage=quay.io/example/other:3\nPodmanArgs=\nPodmanArgs=--quiet\n',
  [`${systemd}/image.d/20-all.conf`]: '; all images\n[Image]\nRetry = 5\n',
  [`${systemd}/app.container`]: `[Container]
Image=all.image
Pull=newer
AutoUpdate=registry
ContainerName=app-%i
Exec=sh -c "echo \\"$HOME\\" \${USER} | cat; sleep 1"
Environment=A=1 "B=2 3"
Volume=data.volume:/data:Z
Volume=/srv:/srv:ro,rslave
Mount=type=image,source=quay.io/example/tools:1,destination=/tools
Mount=type=bind,"src=/a,b",dst=/c
Network=shop.network
Pod=group.pod
PublishPort=127.0.0.1:8080:80/tcp
UserNS=keep-id:uid=200,gid=210
UIDMap=0:10000:10
Secret=token,type=env,target=TOKEN
Rootfs=
Entrypoint=["/bin/sh", "-c"]
HealthCmd=curl -f http://localhost || exit 1
PodmanArgs=--pull=always --tls-verify=false --creds=shop:c2VjcmV0LWNhbmFyeQ
[Service]
Type=notify
KillMode=mixed
`,
  [`${systemd}/data.volume`]:
    '[Volume]\nDriver=image\nImage=quay.io/example/data:1\nDevice=tmpfs\nType=tmpfs\nOptions=o=size=1m\n',
  [`${systemd}/shop.kube`]:
    '[Kube]\nYaml=shop.yaml /etc/shop/more.yaml\nConfigMap=map.yaml\nSetWorkingDirectory=yaml\nAutoUpdate=registry app/local\n',
  [`${systemd}/shop.yaml`]: `apiVersion: v1
kind: Pod
metadata: { name: shop, annotations: { "io.podman.annotations.autoupdate": registry } }
spec:
  initContainers: [{ name: init, image: 'quay.io/example/init:1' }]
  containers:
    - name: web
      image: &image quay.io/example/web:1
      command: ["/bin/sh", -c, >-
        echo folded
        text]
    - { name: two, image: *image }
  volumes:
    - name: files
      image: { reference: quay.io/example/files:1, pullPolicy: Always }
---
# bound-images: ignore reference-floating: a test
apiVersion: apps/v1
kind: Deployment
metadata: { name: dep }
spec: { template: { spec: { containers: [{ name: a, image: "docker.io/library/nginx" }] } } }
`,
  [`${systemd}/group.pod`]: '[Pod]\nPodName=group\nPublishPort=80:80\nNetwork=shop.network\n',
  [`${systemd}/shop.network`]: '[Network]\nSubnet=10.0.0.0/24\n',
  [`${systemd}/model.artifact`]: '[Artifact]\nArtifact=quay.io/example/model:1\nQuiet=true\n',
  [`${systemd}/old.build`]: '[Build]\nImageTag=localhost/old\nFile=/Containerfile\n',
  [`${systemd}/t@.container`]: '[Container]\nImage=quay.io/example/t:%i\n[Install]\nDefaultInstance=one\n',
  'etc/containers/auth.json': file(
    `{
  "auths": {
    "registry.example.com/team": { "auth": "c2hvcDpjMlZqY21WMExXTmhibUZ5ZVE=", "identitytoken": "c2VjcmV0LWNhbmFyeQ" },
    "quay.io": {}
  },
  "credHelpers": { "ghcr.io": "secretservice" },
  "credsStore": "desktop"
}
`,
    { mode: 0o644 },
  ),
  'usr/lib/example/db-auth.json': '{"auths":{"registry.example.com:5000":{"auth":"eDp5"}}}',
  'etc/ostree/auth.json': symlink('../containers/auth.json'),
  'etc/containers/policy.json': `{
  "default": [{ "type": "reject" }],
  "transports": {
    "docker": {
      "quay.io/example": [{ "type": "insecureAcceptAnything" }],
      "*.example.com": [
        { "type": "sigstoreSigned", "keyPath": "/etc/pki/containers/key.pub", "signedIdentity": { "type": "matchRepository" } },
        { "type": "signedBy", "keyType": "GPGKeys", "keyPaths": ["/etc/pki/a", "/etc/pki/b"],
          "signedIdentity": { "type": "remapIdentity", "prefix": "a.example", "signedPrefix": "b.example" } }
      ],
      "ghcr.io/x": [{ "type": "sigstoreSigned",
        "fulcio": { "caData": "YWJj", "oidcIssuer": "https://x", "subjectEmail": "a@b" }, "rekorPublicKeyData": "YWJj",
        "signedIdentity": { "type": "exactReference", "dockerReference": "ghcr.io/x/y:1" } }]
    },
    "docker-daemon": { "": [{ "type": "insecureAcceptAnything" }] }
  }
}
`,
  'etc/containers/registries.conf': `unqualified-search-registries = ["quay.io", "docker.io"]
short-name-mode = "enforcing"
credential-helpers = ["containers-auth.json"]

[[registry]]
prefix = "*.example.com"
location = "mirror.example.org/example"
insecure = true
blocked = false
mirror-by-digest-only = true

[[registry.mirror]]
location = "10.0.0.1:5000/mirror"
insecure = true
pull-from-mirror = "digest-only"

[[registry]]
location = "docker.io"
blocked = true

[aliases]
"busybox" = "docker.io/library/busybox"
`,
  'etc/containers/registries.conf.d/10-old.conf':
    '[registries.search]\nregistries = ["a", "b"]\n[registries.block]\nregistries = []\n',
  'etc/containers/registries.d/default.yaml': `default-docker:
  lookaside: file:///var/lib/containers/sigstore
docker:
  registry.example.com:
    use-sigstore-attachments: true
    lookaside-staging: "https://x/\\u0041"
`,
  'etc/containers/storage.conf': `[storage]
driver = "overlay"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
[storage.options]
additionalimagestores = ["/usr/lib/bootc/storage", { append = true }]
pull_options = { enable_partial_images = "true", use_hard_links = "false" }
[storage.options.overlay]
mountopt = "nodev,metacopy=on"
`,
  'usr/lib/ostree/prepare-root.conf': '[composefs]\nenabled = yes\n[etc]\ntransient = false\n',
  'usr/etc/containers/registries.conf': 'unqualified-search-registries = []\n',
  'etc/pki/example/ca.crt': '-----BEGIN CERTIFICATE-----\n',
  'usr/lib/os-release': 'ID=fedora\n',
};

/** A running system whose administrator changed some of its `/etc`. */
export const seedCurrentRoot: TreeSpec = {
  'etc/containers/auth.json': file('{"auths":{"quay.io":{"auth":"c2VjcmV0LWNhbmFyeQ=="}}}', { mode: 0o600 }),
  'usr/etc/containers/policy.json': '{}',
  'etc/containers/policy.json': '{ "default": [{ "type": "insecureAcceptAnything" }] }',
  'run/ostree/auth.json': '{"auths":{"*.example.com":{"auth":"eDp5"}}}',
};

function bound(...names: readonly string[]): TreeSpec {
  return Object.fromEntries(
    names.map((name) => [`usr/lib/bound-images.d/${name}`, symlink(`/${systemd}/${name}`)]),
  );
}
