import type { Receipt } from '../../src/model/receipt.js';

export const receipt: Receipt = {
  schemaVersion: 1,
  deployment: 'fedora-coreos-6f3c0a.0',
  root: '/ostree/deploy/fedora-coreos/deploy/6f3c0a.0',
  state: 'failed',
  startedAt: '2026-03-01T10:00:00.000Z',
  updatedAt: '2026-03-01T10:01:30.500Z',
  runs: 2,
  finalizationLock: 'ours',
  bootId: '3b0c8c1e-6ad0-4a4b-9d0a-111111111111',
  images: [
    {
      reference: 'registry.example.com/team/größe:1',
      store: 'podman',
      state: 'pulled',
      digest: `sha256:${'ab'.repeat(32)}`,
      id: 'cd'.repeat(32),
      bytes: 105_000_000,
      attempts: 2,
      seconds: 9.25,
      sources: [
        { entry: 'app.container', file: '/etc/containers/systemd/app.container', line: 3, column: 7 },
      ],
      error: null,
    },
    {
      reference: 'registry.example.com/team/db:16',
      store: 'bootc',
      state: 'failed',
      digest: null,
      id: null,
      bytes: 0,
      attempts: 3,
      seconds: 0,
      sources: [{ entry: null, file: null, line: null, column: null }],
      error: { code: 'unauthorized', message: 'authentication required', hint: null },
    },
  ],
  payloads: [],
  error: { code: 'deployment', message: 'it was replaced', hint: 'run it again' },
  accepted: {
    references: ['registry.example.com/team/db:16'],
    reason: 'the registry is gone for good',
    at: '2026-03-01T10:00:00.000Z',
  },
};
