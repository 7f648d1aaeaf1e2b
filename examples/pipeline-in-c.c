/* Compresses a file in an application's own pipeline: appsrc, sigmaenc, appsink, the bus, and the
 * element's figures.
 *
 *     cc pipeline-in-c.c $(pkg-config --cflags --libs gstreamer-app-1.0) -o pipeline-in-c
 *     ./pipeline-in-c FILE FILE.sigma
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <stdio.h>
#include <stdlib.h>

/* appsrc asks for data when its queue runs empty. */
static void push_block(GstAppSrc* source, guint size, gpointer file) {
  GstBuffer* block = gst_buffer_new_allocate(NULL, size < 65536 ? 65536 : size, NULL);
  GstMapInfo map;
  gst_buffer_map(block, &map, GST_MAP_WRITE);
  const size_t count = fread(map.data, 1, map.size, (FILE*)file);
  gst_buffer_unmap(block, &map);
  gst_buffer_set_size(block, (gssize)count);
  if (count != 0) {
    gst_app_src_push_buffer(source, block);
    return;
  }
  gst_buffer_unref(block);
  gst_app_src_end_of_stream(source);
}

static GstFlowReturn write_sample(GstAppSink* sink, gpointer file) {
  GstSample* sample = gst_app_sink_pull_sample(sink);
  GstMapInfo map;
  if (sample == NULL) return GST_FLOW_EOS;
  gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ);
  const size_t count = fwrite(map.data, 1, map.size, (FILE*)file);
  const GstFlowReturn flow = count == map.size ? GST_FLOW_OK : GST_FLOW_ERROR;
  gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
  gst_sample_unref(sample);
  return flow;
}

static void print_figures(GstElement* encoder) {
  GstStructure* stats = NULL;
  guint64 in = 0, out = 0, memory = 0;
  g_object_get(encoder, "stats", &stats, NULL);
  gst_structure_get(stats, "bytes-in", G_TYPE_UINT64, &in, "bytes-out", G_TYPE_UINT64, &out,
                    "peak-memory", G_TYPE_UINT64, &memory, NULL);
  gst_structure_free(stats);
  printf("%" G_GUINT64_FORMAT " bytes became %" G_GUINT64_FORMAT ", in %.1f MB of memory\n", in,
         out, (double)memory / 1e6);
}

/* Until EOS has come through, or an error. An application with a main loop watches the bus instead.
 */
static int wait_for_end(GstElement* pipeline) {
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message =
      gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  const int is_error = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
  if (is_error) {
    GError* error = NULL;
    gst_message_parse_error(message, &error, NULL);
    fprintf(stderr, "%s\n", error->message);
    g_error_free(error);
  }
  gst_message_unref(message);
  gst_object_unref(bus);
  return is_error;
}

static int compress(FILE* in, FILE* out) {
  GError* error = NULL;
  GstElement* pipeline = gst_parse_launch(
      "appsrc name=in ! sigmaenc name=encoder ! appsink name=out sync=false", &error);
  if (error != NULL) {
    fprintf(stderr, "%s\n", error->message);
    return 1;
  }
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "in");
  GstElement* encoder = gst_bin_get_by_name(GST_BIN(pipeline), "encoder");
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "out");
  GstAppSrcCallbacks feeding = {.need_data = push_block};
  GstAppSinkCallbacks taking = {.new_sample = write_sample};
  gst_app_src_set_callbacks(GST_APP_SRC(source), &feeding, in, NULL);
  gst_app_sink_set_callbacks(GST_APP_SINK(sink), &taking, out, NULL);

  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  const int failed = wait_for_end(pipeline);
  if (!failed) print_figures(encoder);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(sink);
  gst_object_unref(encoder);
  gst_object_unref(source);
  gst_object_unref(pipeline);
  return failed;
}

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  FILE* in = argc == 3 ? fopen(argv[1], "rb") : NULL;
  FILE* out = in != NULL ? fopen(argv[2], "wb") : NULL;
  if (out == NULL) {
    fprintf(stderr, "usage: pipeline-in-c FILE FILE.sigma\n");
    return EXIT_FAILURE;
  }
  int failed = compress(in, out);
  fclose(in);
  if (fclose(out) != 0) failed = 1;
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
