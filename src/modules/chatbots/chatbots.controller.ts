import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { ChatbotView } from './chatbot.view.js';
import { CreateChatbot, ListChatbots, UpdateChatbot } from './chatbots.dto.js';
import { ChatbotsService } from './chatbots.service.js';

@ApiTags('chatbots')
@Controller('chatbots')
export class ChatbotsController {
  constructor(private readonly chatbots: ChatbotsService) {}

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
  @Endpoint({ does: 'Create a chatbot', needs: 'chatbots:write', returns: ChatbotView, status: 201 })
  create(@Body() body: CreateChatbot) {
    return this.chatbots.create(body);
  }

  @Patch(':id')
  @Endpoint({ does: 'Change a chatbot', needs: 'chatbots:write', returns: ChatbotView })
  update(@Param('id', RowId) id: string, @Body() body: UpdateChatbot) {
    return this.chatbots.update(id, body);
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
