import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { NewApiKeyView } from '../api-keys/api-key.view.js';
import { ChatbotKeysService } from './chatbot-keys.service.js';
import { ChatbotView, ChatbotWithSecretView } from './chatbot.view.js';
import { CreateChatbot, ListChatbots, UpdateChatbot } from './chatbots.dto.js';
import { ChatbotsService } from './chatbots.service.js';

@ApiTags('chatbots')
@Controller('chatbots')
export class ChatbotsController {
  constructor(
    private readonly chatbots: ChatbotsService,
    private readonly keys: ChatbotKeysService,
  ) {}

  @Get()
  @Endpoint({ does: 'List chatbots', needs: 'chatbots:read', returns: ChatbotView, envelope: 'cursor list' })
  list(@Query() query: ListChatbots) {
    return this.chatbots.list(query);
  }

  @Get(':id')
  @Endpoint({ does: 'Get a chatbot', needs: 'chatbots:read', returns: ChatbotView })
  get(@Param('id', RowId) id: string) {
    return this.chatbots.get(id);
  }

  @Post()
  @Endpoint({ does: 'Create a chatbot', needs: 'chatbots:write', returns: ChatbotWithSecretView, status: 201 })
  create(@Body() body: CreateChatbot) {
    return this.chatbots.create(body);
  }

  @Patch(':id')
  @Endpoint({ does: 'Change a chatbot', needs: 'chatbots:write', returns: ChatbotWithSecretView })
  update(@Param('id', RowId) id: string, @Body() body: UpdateChatbot) {
    return this.chatbots.update(id, body);
  }

  @Post(':id/rotate-secret')
  @Endpoint({
    does: "Give a chatbot's webhook a new signing secret",
    needs: 'chatbots:write',
    returns: ChatbotWithSecretView,
    refuses: { 409: 'It has no webhook' },
  })
  rotateSecret(@Param('id', RowId) id: string) {
    return this.chatbots.rotateSecret(id);
  }

  @Post(':id/api-key')
  @Endpoint({
    does: 'Give a chatbot a new API key of its own, in place of the one that it had',
    needs: 'chatbots:write',
    returns: NewApiKeyView,
    status: 201,
  })
  replaceKey(@Param('id', RowId) id: string) {
    return this.keys.replace(id);
  }

  @Delete(':id')
  @Endpoint({
    does: 'Delete a chatbot, taking it out of the integrations and conversations it is in',
    needs: 'chatbots:write',
    returns: ChatbotView,
  })
  remove(@Param('id', RowId) id: string) {
    return this.chatbots.remove(id);
  }
}
