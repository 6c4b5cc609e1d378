/* Reads Kubernetes objects from files and prints, as JSON, which control plane owns which namespace.
 *
 *   cc members.c -o members $(pkg-config --cflags --libs mesh)
 *   ./members ../shop/[0-9]*.yaml
 *
 * The library reads no files: the program does, and gives it bytes. Every call that can fail returns a
 * mesh_error, NULL for success; what comes back through an out parameter is ours to free.
 */
#include <mesh/mesh.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mesh_view view(const char *text) {
  mesh_view v;
  v.data = text;
  v.size = strlen(text);
  return v;
}

/* Says why and gives up; frees the error either way. */
static void check(mesh_error *error) {
  if (error != NULL) {
    mesh_view message = mesh_error_message(error);
    fprintf(stderr, "members: %.*s\n", (int)message.size, message.data);
    mesh_error_delete(error);
    exit(1);
  }
}

static char *read_file(const char *path, size_t *size) {
  size_t capacity = 1 << 16;
  char *text = malloc(capacity);
  FILE *file = fopen(path, "rb");
  if (file == NULL || text == NULL) {
    perror(path);
    exit(2);
  }
  *size = 0;
  for (;;) {
    *size += fread(text + *size, 1, capacity - *size, file);
    if (*size < capacity) break;
    capacity *= 2;
    text = realloc(text, capacity);
    if (text == NULL) exit(2);
  }
  fclose(file);
  return text;
}

/* A mistake in a file is a diagnostic, not an error: what could be read is used. */
static void apply_file(mesh_store *store, const char *path) {
  mesh_view text;
  mesh_view found;
  mesh_buffer *diagnostics = NULL;
  char *bytes = read_file(path, &text.size);
  text.data = bytes;
  check(mesh_store_apply(store, text, view(path), &diagnostics));
  found = mesh_buffer_view(diagnostics);
  if (found.size > 2) fprintf(stderr, "%s: %.*s\n", path, (int)found.size, found.data);
  mesh_buffer_delete(diagnostics);
  free(bytes);
}

int main(int argc, char **argv) {
  mesh_store *store = NULL;
  mesh_snapshot *snapshot = NULL;
  mesh_buffer *members = NULL;
  mesh_view json;
  int i;

  if (argc < 2) {
    fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    return 2;
  }
  check(mesh_store_new(view(""), &store));
  for (i = 1; i < argc; i++) apply_file(store, argv[i]);
  check(mesh_store_snapshot(store, &snapshot));
  check(mesh_snapshot_members(snapshot, view(""), &members)); /* "": of all control planes */

  json = mesh_buffer_view(members);
  printf("%.*s\n", (int)json.size, json.data);

  mesh_buffer_delete(members);
  mesh_snapshot_delete(snapshot);
  mesh_store_delete(store);
  return 0;
}
