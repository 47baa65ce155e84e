// @ts-check
import { createEmbeddingClient } from './embedding/embedding-client.js';
import { startLocalEmbeddingService } from './embedding/local-service.js';
import { KnowledgeBase } from './knowledge-base.js';
import { openStore } from './store/open-store.js';

/**
 * Connects the embedding service and the database that the settings name, or starts the local ones.
 * @param {import('./settings.js').Settings} settings
 * @returns {Promise<{ knowledgeBase: KnowledgeBase, close: () => Promise<void> }>}
 */
export async function openKnowledgeBase(settings) {
  const local =
    settings.embeddingUrl === undefined ? await startLocalEmbeddingService({ corpus: settings.corpus }) : undefined;
  try {
    const embedding = createEmbeddingClient({
      url: local?.url ?? settings.embeddingUrl ?? '',
      apiKey: settings.embeddingApiKey,
      model: settings.embeddingModel,
    });
    // The service knows how long its vectors are; asking it spares a setting that can be wrong.
    const [probe] = await embedding.embedAll(['How long is a vector?']);
    const store = await openStore({ ...settings, dimensions: probe?.length ?? 0 });
    return {
      knowledgeBase: new KnowledgeBase(store, embedding),
      close: async () => {
        local?.stop();
        await store.close();
      },
    };
  } catch (error) {
    local?.stop();
    throw error;
  }
}
