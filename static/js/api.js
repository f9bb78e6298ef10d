// The page to try the API: Swagger UI, and the signature that a report needs, made here with the secret that was typed.

const text = new TextEncoder();

async function signature(secret, signed) {
  const digest = await crypto.subtle.digest("SHA-256", text.encode(secret));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", digest, algorithm, false, ["sign"]);
  const made = await crypto.subtle.sign("HMAC", key, text.encode(signed));
  return btoa(String.fromCharCode(...new Uint8Array(made)));
}

async function sign(request) {
  if (request.method !== "POST" || !request.body) return request;
  const id = request.headers["webhook-id"] ?? "";
  const timestamp = String(Math.floor(Date.now() / 1000));
  const secret = document.getElementById("secret").value.trim();
  const made = await signature(secret, `${id}.${timestamp}.${request.body}`);
  Object.assign(request.headers, { "webhook-timestamp": timestamp, "webhook-signature": `v1,${made}` });
  return request;
}

const page = document.getElementById("swagger-ui");
window.SwaggerUIBundle({
  url: page.dataset.schema,
  domNode: page,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: false,
  requestInterceptor: sign,
});
